/** The nodes that PostgreSQL 15 to 18 know (ExplainNode in explain.c), as EXPLAIN calls them. */
export const NODE_TYPES = [
  ...['Seq Scan', 'Sample Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan'],
  ...['Bitmap Index Scan', 'Tid Scan', 'Tid Range Scan', 'Subquery Scan', 'Function Scan'],
  ...['Table Function Scan', 'Values Scan', 'CTE Scan', 'Named Tuplestore Scan', 'WorkTable Scan'],
  ...['Foreign Scan', 'Custom Scan', 'Nested Loop', 'Merge Join', 'Hash Join', 'Append'],
  ...['Merge Append', 'Recursive Union', 'BitmapAnd', 'BitmapOr', 'Gather', 'Gather Merge', 'Hash'],
  ...['Materialize', 'Memoize', 'Sort', 'Incremental Sort', 'Group', 'Aggregate', 'WindowAgg'],
  ...['Unique', 'SetOp', 'LockRows', 'Limit', 'Result', 'ProjectSet', 'ModifyTable'],
  ...['HashAggregate', 'GroupAggregate', 'MixedAggregate'],
];
