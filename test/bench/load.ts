import { Agent, request } from "node:http";
import type { BenchTarget } from "./benchTargets.ts";

/** Servers take turns, so that a change of the machine's mood meets all of them. */
export const ROUNDS = 7;
/** Requests one after the other, in each round … */
export const SEQUENTIAL = 400;
/** … and with so many at a time. */
export const PARALLEL = 2000;
export const IN_FLIGHT = 32;

const BODY = JSON.stringify({ command: "kiroBridgeBench.echo", args: ["hello"] });

/** Sends `count` requests, `inFlight` at a time, over kept connections. @returns the time of each, in ms, and the rate in requests a second. */
export async function load(
  target: BenchTarget,
  count: number,
  inFlight: number,
  body = BODY,
): Promise<{ times: number[]; rate: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const times: number[] = [];
  const start = performance.now();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) times.push(await once(target, agent, body));
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  agent.destroy();
  return { times, rate: count / ((performance.now() - start) / 1000) };
}

function once(target: BenchTarget, agent: Agent, body: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": body.length,
    ...(target.token !== undefined && { Authorization: `Bearer ${target.token}` }),
  };
  const start = performance.now();
  request(target.url, { agent, method: "POST", headers }, (response) => {
    response.resume();
    response.on("end", () => {
      if (response.statusCode === 200) resolve(performance.now() - start);
      else reject(new Error(`${target.url} answered ${response.statusCode}`));
    });
  })
    .on("error", reject)
    .end(body);
  return promise;
}

/** The value below which the share `q` (0–1) of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
