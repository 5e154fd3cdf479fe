import type { Caller, Principal } from "../../core/access/principal.ts";
import type { Policy } from "../../core/commands/policy.ts";
import type { SessionRecord } from "../../protocol/chat.ts";
import { isBridgeError } from "../../protocol/errors.ts";

/** The sessions of one agent. */
export interface SessionsPart {
  /** Lists the sessions that a principal may see: all, or its own. */
  sessions(principal?: Principal): readonly SessionRecord[];
  /**
   * Cancels its turn and ends its process.
   * @returns its ID
   * @throws BridgeError NOT_FOUND, also for a session that the principal may not see; CONFLICT
   */
  closeSession(idOrName: string, principal?: Principal): Promise<string>;
}

export interface AgentWithSessions extends SessionsPart {
  /** `kiro`, or the ID of an engine. */
  readonly agent: string;
  /** The beginning of the IDs of its commands, with which its sessions are denied. */
  readonly prefix: string;
}

/** The sessions of Kiro and of the engines. */
export class AgentSessions {
  readonly #kiro: AgentWithSessions;
  readonly #engines: readonly AgentWithSessions[];
  readonly #policy: Pick<Policy, "assertCommandAllowed">;

  constructor(
    kiro: AgentWithSessions,
    engines: readonly AgentWithSessions[],
    policy: Pick<Policy, "assertCommandAllowed">,
  ) {
    this.#kiro = kiro;
    this.#engines = engines;
    this.#policy = policy;
  }

  /**
   * Lists the sessions that a caller may see. Those of an engine whose command is denied are left out.
   * @throws BridgeError ACCESS_DENIED if the command of Kiro is
   */
  list(caller: Caller): SessionRecord[] {
    this.#assertMay("listSessions", this.#kiro, caller);
    const agents = [this.#kiro, ...this.#engines.filter((engine) => this.#may("listSessions", engine, caller))];
    return agents.flatMap((of) => of.sessions(caller.principal).map((session) => ({ ...session, agent: of.agent })));
  }

  has(idOrName: string, principal: Principal): boolean {
    return [this.#kiro, ...this.#engines].some((agent) => isIn(agent, idOrName, principal));
  }

  /** Closes a session: by its ID, or by its name, for which Kiro precedes the engines. @throws see `SessionsPart` */
  async close(idOrName: string, caller: Caller): Promise<string> {
    const agent = this.#agentOf(idOrName, caller.principal);
    this.#assertMay("closeSession", agent, caller);
    return await agent.closeSession(idOrName, caller.principal);
  }

  #agentOf(idOrName: string, principal: Principal): AgentWithSessions {
    const all = [this.#kiro, ...this.#engines];
    const byId = all.find((agent) => agent.sessions(principal).some(({ id }) => id === idOrName));
    return byId ?? all.find((agent) => isIn(agent, idOrName, principal)) ?? this.#kiro;
  }

  #may(command: string, agent: AgentWithSessions, caller: Caller): boolean {
    try {
      this.#assertMay(command, agent, caller);
      return true;
    } catch (error) {
      if (isBridgeError(error)) return false;
      throw error;
    }
  }

  #assertMay(command: string, { prefix }: AgentWithSessions, caller: Caller): void {
    this.#policy.assertCommandAllowed(prefix + command, caller);
  }
}

function isIn(agent: SessionsPart, idOrName: string, principal: Principal): boolean {
  return agent.sessions(principal).some(({ id, name }) => id === idOrName || name === idOrName);
}
