// One end of a link in a process of its own. Usage: node linkProgram.ts owner | member <port>. Sends what happens to its
// parent.
import { dial, LinkOwner } from "../windows/linkRig.ts";

const [, , role, port] = process.argv;

process.on("disconnect", () => process.exit());

if (role === "owner") {
  const owner = await LinkOwner.start();
  process.send?.({ port: owner.port });
} else {
  const dialed = await dial(Number(port));
  process.send?.({ kind: dialed.kind });
  if (dialed.kind === "joined") {
    dialed.link.onDidOpenStream((stream) => void stream.pipe(stream));
    dialed.link.onDidEnd(({ reason }) => process.send?.({ reason }));
  }
}
