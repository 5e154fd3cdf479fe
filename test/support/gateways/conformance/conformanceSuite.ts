import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import * as z from "zod";
import type { Disposable } from "../../../../src/base/disposables.ts";
import { repositoryRoot } from "../../editor/paths.ts";

/** The conformance suites of MCP, with what each is asked for. */
const suites = {
  "2025-11-25, by the suite of its time": ["@modelcontextprotocol/conformance"],
  "2025-11-25": ["mcp-conformance-next", "--requirements", "2025-11-25"],
  "2026-07-28": ["mcp-conformance-next", "--requirements", "2026-07-28"],
} as const;
export type SuiteName = keyof typeof suites;

const portSchema = z.object({ port: z.number() });
const SUMMARY = /^[✓✗] ([\w-]+): (\d+) passed, (\d+) failed/gm;

/** A server for the suites, which cannot send a token: adds it, and passes everything else on as it is. */
export async function startTokenProxy(port: number, token: string): Promise<Disposable & { readonly origin: string }> {
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    // Only what names this proxy names the bridge instead: the suites also try others.
    if (headers.host === `127.0.0.1:${own}`) headers.host = `127.0.0.1:${port}`;
    if (headers.origin?.endsWith(`:${own}`) === true) delete headers.origin;
    const { method, url: path } = incoming;
    const sent = request({ host: "127.0.0.1", port, headers, ...(method && { method }), ...(path && { path }) });
    sent.once("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      answer.pipe(outgoing);
    });
    sent.once("error", () => outgoing.destroy());
    outgoing.once("close", () => sent.destroy());
    incoming.pipe(sent);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = portSchema.parse(server.address() satisfies AddressInfo | string | null);
  const dispose = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, "close");
  };
  return { origin: `http://127.0.0.1:${own}`, dispose };
}

/** Runs a suite. @returns the number of failed checks of each scenario, by name */
export async function runSuite(name: SuiteName, url: string): Promise<ReadonlyMap<string, number>> {
  const [packageName, ...options] = suites[name];
  const script = join(repositoryRoot, "node_modules", packageName, "dist/index.js");
  const child = spawn(process.execPath, [script, "server", "--url", url, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await once(child, "close");
  const found = [...stripVTControlCharacters(text).matchAll(SUMMARY)];
  return new Map(found.map(([, scenario = "", , failed = ""]) => [scenario, Number(failed)]));
}
