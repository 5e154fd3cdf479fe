import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as vscode from "vscode";
import { reportPrefix } from "../../support/hostSuite/reportLines.ts";
import { restartWith } from "../../host/bridgeSettings.ts";
import type { SoakTarget } from "../soakTarget.ts";

/**
 * Called inside the extension host: adds the commands that the clients run, and tells the host's memory after a full
 * garbage collection at `/memory`. Ends when a client requests `/done`.
 */
export async function run(): Promise<void> {
  console.log(`${reportPrefix}The soak has begun in the extension host.`);
  vscode.commands.registerCommand("kiroBridgeSoak.echo", (value: unknown) => value);
  vscode.commands.registerCommand("kiroBridgeSoak.big", (length: unknown) => "x".repeat(Number(length)));
  vscode.commands.registerCommand("kiroBridgeSoak.fail", () => {
    throw new Error("as asked");
  });
  const { url, token } = await restartWith({ "cli.path": "simulator", "kiro.maxSessions": 4 });
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  const server = createServer();
  const done = new Promise<void>((resolve) => {
    server.on("request", ({ url: path }, response) => {
      if (path === "/done") response.once("close", resolve);
      if (path === "/memory" && typeof collect === "function") collect();
      response.end(JSON.stringify(process.memoryUsage()));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const target: SoakTarget = { url, token, probe: `http://127.0.0.1:${port}`, pid: process.pid };
  await writeFile(join(__dirname, "target.json"), JSON.stringify(target));
  await done;
  server.closeAllConnections();
  server.close();
}
