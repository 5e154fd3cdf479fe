import { homedir } from "node:os";
import { silentLogger } from "../../../src/base/logger.ts";
import type { EventPayload } from "../../../src/protocol/events.ts";
import type { CliProgram, Transport } from "../../../src/kiro/agent.ts";
import { KiroCli } from "../../../src/kiro/kiroCli.ts";
import { type KiroCliSettings, startersFor } from "../../../src/kiro/createKiroCli.ts";
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

/** The real core over the real Kiro CLI part, without an editor. */
export function makeKiroRig(program: CliProgram, transport: Transport): KiroRig {
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
  const core = makeCore({ agent: kiro });
  return {
    core,
    kiro,
    dispose: async () => {
      core.dispatcher.dispose();
      await kiro.dispose();
    },
  };
}

/** Sends a prompt on the whole way of the bridge and waits for the end of its execution. */
export async function ask({ core }: KiroRig, prompt: string): Promise<string> {
  const execution = await core.dispatcher.submit({ command: "kiro.cli.chat", args: [prompt] });
  await execution.settled;
  if (execution.status !== "completed")
    throw new Error(`The prompt ended as ${execution.status}: ${execution.response().error}`);
  return execution.response().output;
}
