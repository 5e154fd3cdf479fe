import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import express from "express";
import * as vscode from "vscode";
import { WebSocketServer } from "ws";
import { restartWith } from "../../host/bridgeSettings.ts";
import { reportPrefix } from "../../support/hostSuite/reportLines.ts";
import { readActivationTimes } from "./activationTimes.ts";
import type { BenchTargets } from "../benchTargets.ts";
import { HostProfile } from "./profile.ts";

/**
 * Called inside the extension host, where the measured servers live side by side: the bridge, a bare `node:http` echo,
 * a bare Express echo and a bare `ws` echo. The load comes from outside, as in real use. Ends when a client requests `/done`;
 * `/profile/start` and `/profile/stop` take a CPU profile between them.
 */
export async function run(): Promise<void> {
  console.log(`${reportPrefix}The bench has begun in the extension host.`);
  vscode.commands.registerCommand("kiroBridgeBench.echo", (value: unknown) => value);
  // The load is heavier than any one client should be: the limit itself stays on, and is paid for.
  const { url, token } = await restartWith({ "api.maxRequestsPerMinute": 10_000_000 });
  const echo = createServer((request, response) => answer(request, response));
  const app = express()
    .use(express.json())
    .post("/", (request, response) => void response.json(request.body));
  const expressEcho = createServer(app);
  const webSocketEcho = new WebSocketServer({ server: echo, perMessageDeflate: false });
  webSocketEcho.on("connection", (client, { url: path }) => {
    client.on("message", (data) => void runCommand(path).then(() => client.send(data, { binary: false })));
  });
  const profile = new HostProfile();
  const done = new Promise<void>((resolve) => {
    echo.on("request", ({ url: path }, response) => {
      if (path === "/done") response.once("close", resolve);
      if (path === "/profile/start") void profile.start();
      if (path === "/profile/stop") void profile.save(join(__dirname, "bridge.cpuprofile")).then(resolve);
    });
  });
  const targets: BenchTargets = {
    bridge: { url: `${url}/api/kiro/execute`, token },
    echo: { url: await listen(echo) },
    express: { url: await listen(expressEcho) },
    activation: await readActivationTimes("kiro-bridge.kiro-bridge"),
    node: process.version,
    editor: `${vscode.env.appName} (VS Code ${vscode.version})`,
  };
  await writeFile(join(__dirname, "targets.json"), JSON.stringify(targets));
  await done;
  for (const server of [echo, expressEcho]) {
    server.closeAllConnections();
    server.close();
  }
}

/** Echoes a body; under `/cpu` tells the CPU time that the host has used so far, in microseconds. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    void runCommand(request.url).then(() => {
      const body = request.url === "/cpu" ? cpuTime() : Buffer.concat(chunks);
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length }).end(body);
    });
  });
}

function cpuTime(): Buffer {
  const { user, system } = process.cpuUsage();
  return Buffer.from(String(user + system));
}

/** Runs the measured command under `/run`: its own cost is the editor's, not the bridge's. */
async function runCommand(path: string | undefined): Promise<void> {
  if (path === "/run") await vscode.commands.executeCommand("kiroBridgeBench.echo", "hello");
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return `http://127.0.0.1:${address.port}/`;
}
