import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** Returns what this process holds, in bytes, once the garbage of this moment is gone. */
export function heldBytes(): number {
  if (typeof collect !== "function") throw new Error("there is no gc");
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Returns the least that is held in several turns: what is held weakly, and buffers, go some turns after the first. */
export async function leastHeldBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round++) {
    await new Promise(setImmediate);
    least = Math.min(least, heldBytes());
  }
  return least;
}
