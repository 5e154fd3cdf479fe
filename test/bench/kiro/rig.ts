import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import type { EventPayload } from "../../../src/protocol/events.ts";
import type { CliProgram, CliTransport } from "../../../src/agents/agent.ts";
import { KiroCli } from "../../../src/agents/kiro/kiroCli.ts";
import { type KiroCliSettings, startersFor } from "../../../src/agents/kiro/createKiroCli.ts";
import { type Core, makeCore } from "../../support/core.ts";
import { simulatorPath } from "../../support/simulator.ts";

/** The simulator, as fast as it can. */
export const fastSimulator: CliProgram = {
  command: process.execPath,
  leadingArgs: [simulatorPath],
  env: { FAKE_KIRO_CHUNK_MS: "0", FAKE_KIRO_THINK_MS: "0", FAKE_KIRO_WORDS: "10" },
  isSimulated: true,
};

export interface KiroRig {
  readonly core: Core;
  readonly kiro: KiroCli;
  dispose(): Promise<void>;
}

/** The real core over the real Kiro CLI part, with a history as it is by default, without an editor. */
export function makeKiroRig(program: CliProgram, transport: CliTransport): KiroRig {
  const workspacePath = homedir();
  const reports: EventPayload[] = [];
  const settings: KiroCliSettings = {
    search: { setting: "", surroundings: { env: process.env, home: workspacePath, platform: process.platform } },
    flags: {},
    transport,
    turnLimits: { inactivityMs: 60_000, absoluteMs: 600_000, cancelMs: 10_000 },
    clientVersion: "bench",
    defaultWorkspacePath: () => workspacePath,
    isTrusted: () => true,
    maxSessions: 4,
    idleSessionMs: 600_000,
    report: (event) => void reports.push(event),
    logger: silentLogger,
  };
  const kiro = new KiroCli({
    ...settings,
    find: () => Promise.resolve({ program }),
    starters: (found) => startersFor(found, settings),
  });
  const folder = mkdtempSync(join(tmpdir(), "kiro-bench-"));
  const core = makeCore({ agent: kiro, journal: { folder } });
  return {
    core,
    kiro,
    dispose: async () => {
      core.dispatcher.dispose();
      await kiro.dispose();
      // Its timer would keep the whole core, with 16 MiB of events, in the memory that the next rig is measured in.
      await core.workbench.dispose();
      await core.journal?.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

/** Sends a prompt on the whole way of the bridge and waits for the end of its execution. */
export async function ask({ core }: KiroRig, prompt: string): Promise<string> {
  const execution = await core.dispatcher.submit({ command: "kiro.cli.chat", args: [prompt] });
  await execution.settled;
  if (execution.status !== "completed")
    throw new Error(`The prompt ended as ${execution.status}: ${execution.end.error}`);
  return execution.output.text;
}
