import type { TerminalPort } from "../core/terminalPort.ts";
import { addChat, type ChatDeps } from "../server/routes/chat.ts";
import { addSessions, type SessionsPart } from "../server/routes/sessions.ts";
import { TerminalSocket } from "../server/terminal/terminalSocket.ts";
import type { BridgeModule } from "./bridgeModule.ts";

/** Collaborators of the endpoints of the Kiro CLI, beyond the core. */
export type KiroDeps = SessionsPart & Pick<ChatDeps, "extractJson" | "isSimulated" | "schemas">;

export interface KiroModuleDeps {
  readonly kiro: KiroDeps;
  readonly terminals: TerminalPort;
}

/** Kiro CLI: chats, sessions, and the terminal. */
export function kiroModule({ kiro, terminals }: KiroModuleDeps): BridgeModule {
  return {
    routes(router, { core, clients, limits }) {
      addChat(router, { ...core, ...kiro, clients }, limits.maxBodyBytes);
      addSessions(router, kiro, core.policy);
    },
    sockets: ({ core, pingMs, ...context }) => [
      new TerminalSocket({ ...context, terminals, policy: core.policy }, pingMs),
    ],
  };
}
