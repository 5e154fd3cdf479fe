import { KiroBridgeClient } from "../../../src/client/index.ts";

/**
 * A program that opens everything that a client can have open, closes the client while all of it waits, and must then end
 * with nothing left to do. Arguments: the address, the token, a command that goes on, a prompt that goes on.
 */
const [url = "", token = "", command = "", prompt = ""] = process.argv.slice(2);
const client = new KiroBridgeClient(url, { token, retry: true, circuitBreaker: true, queue: { maxConcurrent: 20 } });

const { executionId } = await client.executeCommand(command, [], { respondAsync: true });
const events = await client.events().ready();
await events.next();
const turn = client.chat(prompt);
for await (const step of turn) if (step.type === "delta") break;

const waits: readonly (() => Promise<unknown>)[] = [
  () => events.next().then(({ done }) => done),
  () => client.executions.events(executionId).next(),
  () => client.executions.wait(executionId),
  () => client.executeCommand(command),
  () => turn,
];
const settled = Promise.allSettled(waits.map((wait) => wait()));
// The answer comes after the requests above, which the bridge has received by then.
await client.me();
await client.close();
const ends = (await settled).map((end) => (end.status === "fulfilled" ? "fulfilled" : String(end.reason.name)));
process.stdout.write(JSON.stringify({ ends, handles: process.getActiveResourcesInfo() }));
