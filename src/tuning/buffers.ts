/** Pages of 8 kB that an execution touched; a page touched twice counts twice. */
export interface Buffers {
  /** Found in shared buffers. */
  readonly hit: number;
  /** Asked of the operating system. */
  readonly read: number;
  /** Of temporary files: what did not fit into memory. */
  readonly tempRead: number;
  readonly tempWritten: number;
}

export const NO_BUFFERS: Buffers = { hit: 0, read: 0, tempRead: 0, tempWritten: 0 };

export function together(one: Buffers, other: Buffers): Buffers {
  return {
    hit: one.hit + other.hit,
    read: one.read + other.read,
    tempRead: one.tempRead + other.tempRead,
    tempWritten: one.tempWritten + other.tempWritten,
  };
}

/** The buffers of a node or of the planning, undefined where EXPLAIN was not asked for them. */
export function buffersOf(fields: Readonly<Record<string, unknown>>): Buffers | undefined {
  if (fields['Shared Hit Blocks'] === undefined) return undefined;
  const blocks = (name: string) => {
    const value = fields[`${name} Blocks`];
    return typeof value === 'number' ? value : 0;
  };
  return {
    hit: blocks('Shared Hit') + blocks('Local Hit'),
    read: blocks('Shared Read') + blocks('Local Read'),
    tempRead: blocks('Temp Read'),
    tempWritten: blocks('Temp Written'),
  };
}
