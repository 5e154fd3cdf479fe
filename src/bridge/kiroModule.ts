import type { Diagnosis, DiagnosisOptions } from "../agents/kiro/diagnosis.ts";
import type { AgentModel } from "../agents/startAgent.ts";
import type { CommandTarget } from "../core/commands/target.ts";
import type { CliStatusSource } from "../core/ports.ts";
import type { TerminalPort } from "../core/terminalPort.ts";
import type { CliStatus } from "../protocol/status.ts";
import { addChat, type ChatDeps } from "../server/routes/chat.ts";
import type { SessionsPart } from "../server/sessions/agentSessions.ts";
import { TerminalSocket } from "../server/terminal/terminalSocket.ts";
import type { BridgeModule } from "./bridgeModule.ts";

interface ModelsPart {
  /** See `KiroCli.models`. */
  readonly listModels: (signal: AbortSignal) => Promise<readonly AgentModel[]>;
}

/** Collaborators of the endpoints of the Kiro CLI, beyond the core. */
export type KiroDeps = SessionsPart & ModelsPart & Pick<ChatDeps, "extractJson" | "isSimulated" | "schemas">;

export interface KiroModuleDeps {
  readonly agent: CommandTarget & CliStatusSource;
  readonly kiro: KiroDeps;
  readonly terminals: TerminalPort;
  /** Searches the CLI, so that its state is known before the first prompt. */
  look(): Promise<unknown>;
  /** See `diagnose`; does not use running sessions. */
  diagnose(options: Omit<DiagnosisOptions, "workspacePath">, signal: AbortSignal): Promise<Diagnosis>;
  dispose(): Promise<void>;
}

export interface KiroModule extends BridgeModule, Pick<KiroModuleDeps, "agent" | "kiro" | "look" | "diagnose"> {
  /** The checks of JSON Schemas, in a thread of their own. */
  readonly schemas: KiroDeps["schemas"];
  readonly statusParts: { readonly cli: () => CliStatus };
}

/** Kiro CLI: its commands, chats, sessions, and the terminal. */
export function kiroModule({ kiro, terminals, ...deps }: KiroModuleDeps): KiroModule {
  const { agent } = deps;
  return {
    ...deps,
    kiro,
    schemas: kiro.schemas,
    targets: [agent],
    statusParts: { cli: () => agent.cliStatus() },
    routes(router, { core, clients, placement }) {
      addChat(router, { ...core, ...kiro, clients, placement });
    },
    sockets: ({ core, pingMs, ...context }) => [
      new TerminalSocket({ ...context, terminals, policy: core.policy, audit: core.audit }, pingMs),
    ],
  };
}
