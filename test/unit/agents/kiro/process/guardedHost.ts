import type { Logger, LogFacts } from "../../../../../src/base/logger.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { OrphanGuard } from "../../../../../src/core/childProcesses/orphanGuard.ts";
import { KiroTerminals } from "../../../../../src/agents/kiro/terminal.ts";
import { fake } from "../../../../fixtures/simulator/directive.ts";
import { simulator } from "../acp/simulatedAcp.ts";
import { KiroCliRig } from "../kiroCliRig.ts";

export interface HostOrder {
  readonly folder: string;
  readonly way: "acp" | "oneshot" | "pipe" | "terminal";
  readonly scenario: string;
  readonly turn: string;
}

/** Stands for an extension host: starts a CLI as it is told, says where that logs and who watches over it, and waits for its end. */
process.on("message", (order: HostOrder) => void begin(order));
process.send?.("ready");

async function begin({ folder, way, scenario, turn }: HostOrder): Promise<void> {
  const debug = (text: string, facts?: LogFacts): void => {
    if (text === "The watchdog was started") process.send?.({ watchdog: facts?.["pid"] });
  };
  const logger: Logger = { ...silentLogger, debug };
  const guard = new OrphanGuard(folder, logger);
  const env = { FAKE_KIRO_SCENARIO: scenario };
  const rig = new KiroCliRig(env, { guard, ...(way !== "terminal" && { transport: way }) });
  process.send?.({ log: rig.log.path });
  const prompt = `Hello ${fake(turn)}`;
  if (way !== "terminal") {
    await rig.begin(prompt);
    return;
  }
  const terminals = new KiroTerminals({
    find: async () => ({ program: simulator({ ...rig.log.env, ...env }) }),
    flags: [],
    defaultWorkspacePath: () => process.cwd(),
    isTrusted: () => true,
    maxTerminals: 1,
    guard,
    logger,
  });
  await (await terminals.open()).write(`${prompt}\n`);
}
