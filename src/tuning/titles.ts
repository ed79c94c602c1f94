type Fields = Readonly<Record<string, unknown>>;

const AGGREGATES: Record<string, string> = {
  Plain: 'Aggregate',
  Sorted: 'GroupAggregate',
  Hashed: 'HashAggregate',
  Mixed: 'MixedAggregate',
};

/**
 * A node's name as EXPLAIN's text form puts it together from the fields that its JSON form keeps
 * apart (ExplainNode in PostgreSQL's explain.c).
 */
export function titleOf(fields: Fields): string {
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '');
  return [
    fields['Parallel Aware'] === true && 'Parallel',
    fields['Async Capable'] === true && 'Async',
    ['Partial', 'Finalize'].includes(text('Partial Mode')) && text('Partial Mode'),
    kindOf(text),
    text('Scan Direction') === 'Backward' && 'Backward',
  ]
    .filter(Boolean)
    .join(' ');
}

function kindOf(text: (name: string) => string): string {
  const type = text('Node Type');
  switch (type) {
    case 'Aggregate':
      return AGGREGATES[text('Strategy')] ?? type;
    case 'SetOp':
      return [text('Strategy') === 'Hashed' ? 'HashSetOp' : type, text('Command')].join(' ').trim();
    case 'ModifyTable':
      return text('Operation') || type;
    case 'Foreign Scan': {
      const operation = text('Operation');
      return operation && operation !== 'Select' ? `Foreign ${operation}` : type;
    }
    case 'Custom Scan':
      return text('Custom Plan Provider') ? `${type} (${text('Custom Plan Provider')})` : type;
    case 'Hash Join':
    case 'Merge Join':
    case 'Nested Loop':
      return joinTitle(type, text('Join Type'));
    default:
      return type;
  }
}

function joinTitle(type: string, joinType: string): string {
  if (!joinType || joinType === 'Inner') return type;
  return `${type.replace(/ Join$/, '')} ${joinType} Join`;
}
