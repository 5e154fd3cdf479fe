import { owner, type Principal, sessionOwnerOf } from "../../core/access/principal.ts";
import type { LaneKey } from "../../core/commands/target.ts";
import type { TargetRequest } from "../../core/commands/turnInput.ts";
import type { AgentTools } from "../../core/models/agentTools.ts";
import type { Outcome, RunContext } from "../../core/ports.ts";
import type { SessionRecord } from "../../protocol/chat.ts";
import { encodeValue } from "../../protocol/values.ts";
import type { Session } from "../session.ts";
import { FRESH, keyOf, type SessionPlace, type Sessions } from "../sessions.ts";
import type { AgentChatTask, AgentCommands, AgentCommandTask, AgentTask } from "./agentCommands.ts";
import { failedOutcome, outcomeOf, turnOf } from "./chatOutcome.ts";

export interface SessionCommandsOptions {
  readonly commands: AgentCommands;
  readonly sessions: Sessions;
  /** The folder of a task that names none. */
  readonly defaultWorkspacePath: () => string;
  /** @throws BridgeError if no prompt may run now */
  readonly assertMayPrompt: () => void;
  /** Returns the result of the command `status`. */
  readonly status: () => object;
  /** Returns true if the simulator replaces the agent. Default: false. */
  readonly isSimulated?: () => boolean;
  /** Opens the tools of the bridge for a turn. Default: the agent has none of them. */
  readonly openTools?: (context: RunContext) => Promise<AgentTools | undefined>;
}

/** In which prompts only wait for the limit of their principal. */
const freshSessions: LaneKey = { name: FRESH, concurrency: Infinity };

/** Runs the commands of an agent on its sessions: the part of its target that is the same for all agents. */
export class SessionCommands {
  readonly #options: SessionCommandsOptions;

  constructor(options: SessionCommandsOptions) {
    this.#options = options;
  }

  /** Prompts of a principal that may not control all conversations are in sessions of its own. */
  accepts(request: TargetRequest, principal: Principal = owner): AgentTask {
    const { commands, sessions, defaultWorkspacePath } = this.#options;
    const task = commands.read(request, defaultWorkspacePath(), sessionOwnerOf(principal));
    return { ...task, place: sessions.locate(task.place, task.workspacePath !== undefined) };
  }

  /** Runs one turn per session at a time. A fresh session is only used by one task. Commands about sessions never wait. */
  laneOf({ kind, place }: AgentTask): LaneKey | undefined {
    if (kind === "command") return undefined;
    return place.name === FRESH ? freshSessions : { name: keyOf(place), concurrency: 1 };
  }

  async run(task: AgentTask, context: RunContext): Promise<Outcome> {
    if (task.kind === "chat") return await this.#chat(task, context);
    context.began();
    const result = encodeValue(await this.#manage(task)).value;
    return { kind: "completed", output: JSON.stringify(result), result };
  }

  /** Lists the sessions that a principal may see. */
  list(principal: Principal = owner): SessionRecord[] {
    return this.#list(sessionOwnerOf(principal));
  }

  /** Closes a session; see `Sessions.close`. */
  close(idOrName: string, principal: Principal = owner): Promise<string> {
    return this.#options.sessions.close(idOrName, sessionOwnerOf(principal));
  }

  async #chat({ prompt, held, place }: AgentChatTask, context: RunContext): Promise<Outcome> {
    const { sessions, assertMayPrompt, openTools } = this.#options;
    assertMayPrompt();
    let session: Session | undefined;
    const onSession = (speaking: Session): void => {
      session = speaking;
      context.speaksIn(speaking.id);
    };
    try {
      const turn = openTools === undefined ? turnOf(context) : async () => turnOf(context, await openTools(context));
      const answer = await sessions.run(place, held ?? prompt, turn, context.signal, onSession);
      return outcomeOf(answer, session, this.#isSimulated);
    } catch (error) {
      return failedOutcome(error);
    }
  }

  async #manage({ name, place, argument }: AgentCommandTask): Promise<object> {
    switch (name) {
      case "cancel":
        return this.#cancel(place);
      case "newSession":
        return this.#options.sessions.renew(place).record();
      case "closeSession":
        return await this.#close(place, argument);
      case "listSessions":
        return { sessions: this.#list(place.ownerId) };
      case "status":
        return this.#options.status();
    }
  }

  #list(ownerId: string | undefined): SessionRecord[] {
    const simulated = this.#isSimulated ? { simulated: true } : {};
    return this.#options.sessions.list(ownerId).map((session) => ({ ...session, ...simulated }));
  }

  #cancel(place: SessionPlace): object {
    const session = this.#options.sessions.find(place);
    return { cancelled: session?.cancel() ?? false, ...(session !== undefined && { sessionId: session.id }) };
  }

  async #close(place: SessionPlace, idOrName: string | undefined): Promise<object> {
    const { sessions } = this.#options;
    const wanted = sessions.find(place)?.id ?? idOrName ?? place.name;
    return { closed: true, sessionId: await sessions.close(wanted, place.ownerId) };
  }

  get #isSimulated(): boolean {
    return this.#options.isSimulated?.() === true;
  }
}
