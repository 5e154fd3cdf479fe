import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { waitForDiscovery } from "../../support/editor/bridge.ts";
import { withDeadline } from "../../support/editor/deadline.ts";
import { repositoryRoot } from "../../support/editor/paths.ts";
import { whenWritten } from "../../support/hostSuite/whenWritten.ts";
import { freePort } from "../../support/programs/freePort.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { live } from "../clients.ts";
import { watchHealth } from "../health.ts";
import { report, sampleMemory } from "../measures.ts";
import { allGone, hostsChildren } from "../processes.ts";
import { Tally } from "../tally.ts";
import { clients } from "./clients.ts";

const START_DEADLINE_MS = 120_000;
const END_DEADLINE_MS = 30_000;
/** The server starts six processes a second for prompts, each of which takes 11 ms of its thread on a slow machine. */
const MAX_HEALTH_MS = 100;

/**
 * `npm run soak:serve [-- --minutes 20]`: mixed clients against `kiro-bridge serve --simulator` of the packed npm package. Fails
 * when the heap grows, an answer is wrong, or anything is left after SIGTERM.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "20" } } });
  const soakMs = Number(values.minutes) * 60_000;
  const folder = await temporaryFolder();
  const home = join(folder, "home");
  await mkdir(home, { mode: 0o700 });
  const probeFile = join(folder, "probe.json");
  const program = join(repositoryRoot, "dist", "npm", "cli.js");
  const probe = join(import.meta.dirname, "memoryProbe.mjs");
  const args = ["--expose-gc", "--import", probe, program, "serve", "--simulator", "--port", String(await freePort())];
  const env = { ...process.env, KIRO_BRIDGE_HOME: home, SOAK_PROBE: probeFile };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "ignore", "ignore"] });
  const ended = once(child, "exit");
  const { url, token } = await waitForDiscovery(home, START_DEADLINE_MS);
  const { port } = await whenWritten(folder, "probe.json", z.object({ port: z.int() }));
  const pid = child.pid ?? 0;
  const target = { url, token, pid, probe: `http://127.0.0.1:${port}` };
  const tally = new Tally();
  const end = new AbortController();
  const lives = clients.flatMap(([kind, count]) =>
    Array.from({ length: count }, () => live(kind, { target, tally, signal: end.signal })),
  );
  const [samples, health] = await Promise.all([sampleMemory(target, soakMs), watchHealth({ target, soakMs })]);
  end.abort();
  await Promise.allSettled(lives);
  const children = await hostsChildren(pid);
  child.kill("SIGTERM");
  const [code] = await withDeadline(ended, END_DEADLINE_MS, "the end of the server");
  console.log(`SIGTERM: exit code ${String(code)}, ${children.length} child processes before`);
  await withDeadline(allGone(children), END_DEADLINE_MS, "all processes to end").catch((error: unknown) =>
    tally.violate(String(error)),
  );
  await removeFolder(folder);
  return report(samples, health, tally, MAX_HEALTH_MS);
}

process.exitCode = await main();
