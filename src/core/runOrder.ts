const ID = /^exec-(\d{1,16})-(\d{1,16})$/;

/** When an execution was made, as its id `exec-<epoch ms>-<counter>` tells. */
export interface RunOrder {
  readonly time: number;
  readonly count: number;
}

/** @returns undefined for an id of another form */
export function orderOf(id: string): RunOrder | undefined {
  const [, time, count] = ID.exec(id) ?? [];
  return time === undefined ? undefined : { time: Number(time), count: Number(count) };
}

export function compareNewestFirst(a: RunOrder, b: RunOrder): number {
  return b.time - a.time || b.count - a.count;
}
