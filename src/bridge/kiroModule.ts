import type { Diagnosis, DiagnosisOptions } from "../agents/kiro/diagnosis.ts";
import { extractJson } from "../agents/kiro/text/jsonAnswer.ts";
import type { CommandTarget } from "../core/commands/target.ts";
import type { CliStatusSource } from "../core/ports.ts";
import type { TerminalPort } from "../core/terminalPort.ts";
import type { CliStatus } from "../protocol/status.ts";
import { addChat, type ChatDeps } from "../server/routes/chat.ts";
import { addSessions, type SessionsPart } from "../server/routes/sessions.ts";
import { TerminalSocket } from "../server/terminal/terminalSocket.ts";
import type { BridgeModule } from "./bridgeModule.ts";

export interface KiroModuleDeps {
  readonly agent: CommandTarget & CliStatusSource;
  readonly sessions: SessionsPart;
  readonly schemas: ChatDeps["schemas"];
  readonly terminals: TerminalPort;
  /** Looks for the CLI, so that its state is known before the first prompt. */
  look(): void;
  /** See `diagnose`; it uses none of the running sessions. */
  diagnose(options: Omit<DiagnosisOptions, "workspacePath">, signal: AbortSignal): Promise<Diagnosis>;
  dispose(): Promise<void>;
}

export interface KiroModule extends BridgeModule, Pick<KiroModuleDeps, "agent" | "look" | "diagnose"> {
  readonly statusParts: { readonly cli: () => CliStatus };
}

/** Kiro CLI: its commands, chats, sessions, and the terminal. */
export function kiroModule(deps: KiroModuleDeps): KiroModule {
  const { agent, sessions, schemas, terminals } = deps;
  const isSimulated = (): boolean => agent.cliStatus().simulated === true;
  return {
    agent,
    look: () => deps.look(),
    diagnose: (options, signal) => deps.diagnose(options, signal),
    dispose: () => deps.dispose(),
    targets: [agent],
    statusParts: { cli: () => agent.cliStatus() },
    routes(router, { core, clients, limits }) {
      addChat(router, { ...core, clients, schemas, extractJson, isSimulated }, limits.maxBodyBytes);
      addSessions(router, sessions, core.policy);
    },
    sockets: ({ core, pingMs, ...context }) => [
      new TerminalSocket({ ...context, terminals, policy: core.policy }, pingMs),
    ],
  };
}
