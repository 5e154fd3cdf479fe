import { Emitter } from "../base/events.ts";
import type { AgentPort } from "../core/ports.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { CliStatus } from "../protocol/status.ts";

/** Stands where the Kiro CLI will be. */
export const noAgent: AgentPort & { dispose(): Promise<void> } = {
  commands: [],
  status: () => ({ state: "off", sessions: 0 }),
  onDidChangeStatus: new Emitter<CliStatus>().event,
  lineOf: () => undefined,
  run: async () => {
    throw new BridgeError("KIRO_UNAVAILABLE", "No Kiro CLI is connected.", { reason: "not_installed" });
  },
  dispose: async () => undefined,
};
