// A program with the SDK of any version. Arguments: the path of the library, the address and the token. Prints what it got.
import { pathToFileURL } from "node:url";

const [library, url, token] = process.argv.slice(2);
const { KiroBridgeClient } = await import(pathToFileURL(library).href);

const client = new KiroBridgeClient(url, { token });
const events = await client.events().ready();
const { output, executionId } = await client.executeCommand("test.echo", ["from an earlier client"]);
let told;
for await (const event of events) {
  if (event.type !== "command-completed") continue;
  told = event.executionId;
  break;
}
let said = "";
const turn = client.chat("count 3");
for await (const step of turn) if (step.type === "delta") said += step.text;
await turn;
const record = await client.executions.get(executionId);
const refused = await client.executeCommand("kiroBridge.stop").catch(({ code }) => code);
await client.close();
process.stdout.write(
  JSON.stringify({
    output,
    isTold: told === executionId,
    said,
    status: record.status,
    command: record.command,
    refused,
  }),
);
