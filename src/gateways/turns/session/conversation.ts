import { randomBytes } from "node:crypto";
import { Emitter } from "../../../base/events.ts";
import type { Caller } from "../../../core/access/principal.ts";
import type { LentTools } from "../../../core/commands/turnInput.ts";
import type { BridgeError } from "../../../protocol/errors.ts";
import type { AgentTurn } from "../answer/agentTurn.ts";
import { failedCall } from "../tools/callDesk.ts";
import { ToolNames } from "../tools/toolNames.ts";
import type { LentResult, LentServer, LentServers } from "../lending.ts";
import type { ClientTool, Message, ToolUse } from "../turn.ts";
import type { Transcript } from "./transcript.ts";

/** The name of the server with the client's tools, which agents put before the names of the tools. */
const SERVER_NAME = "client";

export interface ConversationOptions {
  /** Shown to the client, which may select the conversation by it. */
  readonly id: string;
  /** The name of the agent's session, which nobody can guess. */
  readonly sessionName: string;
  readonly caller: Caller;
  readonly workspacePath: string | undefined;
  /** True if the client has chosen the ID. */
  readonly isNamed: boolean;
  /** True if the agent's session ends with its turn. */
  readonly isSingleUse: boolean;
  readonly tools: readonly ClientTool[];
  /** Equal for equal tools. */
  readonly toolList: string;
}

/** A turn that waits for results of the client. */
export interface Parked {
  readonly turn: AgentTurn;
  /** The conversation before the answer with the calls. */
  readonly before: Transcript;
  readonly text: string;
  readonly calls: readonly ToolUse[];
}

/** Returns a name that nobody can guess. */
export function newSessionName(): string {
  return `gateway-${randomBytes(16).toString("base64url")}`;
}

/** One conversation of a client with an agent: a session of its own, and the tools that are lent to it. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #turns = new Set<AgentTurn>();
  readonly #parking = new Emitter<boolean>();
  readonly #names: ToolNames;
  #lent: Promise<LentServer> | undefined;
  #parked: Parked | undefined;
  #transcript: Transcript | undefined;
  /** Number of responses. */
  turn = 0;
  tokens = 0;
  model = "";
  /** Monotonic, because it decides which of two conversations was used last. */
  usedAt = 0;
  /** Epoch milliseconds. */
  lastUsedAt = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#names = new ToolNames(options.tools.map(({ name }) => name));
  }

  get id(): string {
    return this.#options.id;
  }

  get sessionName(): string {
    return this.#options.sessionName;
  }

  get caller(): Caller {
    return this.#options.caller;
  }

  get workspacePath(): string | undefined {
    return this.#options.workspacePath;
  }

  get isNamed(): boolean {
    return this.#options.isNamed;
  }

  get isSingleUse(): boolean {
    return this.#options.isSingleUse;
  }

  get toolList(): string {
    return this.#options.toolList;
  }

  get isIdle(): boolean {
    return this.#turns.size === 0;
  }

  /** True if one of its turns goes on. One that is being cancelled does not. */
  get isWorking(): boolean {
    return [...this.#turns].some(({ isWithdrawn }) => !isWithdrawn);
  }

  get parked(): Parked | undefined {
    return this.#parked;
  }

  /** The turns that are queued, running or parked. */
  get turns(): ReadonlySet<AgentTurn> {
    return this.#turns;
  }

  /** The conversation as both sides remember it. Undefined during a turn, and if they may remember different things. */
  get transcript(): Transcript | undefined {
    return this.isIdle ? this.#transcript : undefined;
  }

  /** Lends the tools, if there are any. @throws whatever the server of the tools throws */
  async lend(servers: LentServers): Promise<LentTools | undefined> {
    const { tools } = this.#options;
    if (tools.length === 0) return undefined;
    const named = tools.map((tool) => ({ ...tool, name: this.#names.lent(tool.name) ?? tool.name }));
    const { url, headers } = await this.#openOnce(servers, named);
    const toolNames = named.map(({ name }) => name);
    return { serverName: SERVER_NAME, url, headers, toolNames, onDidPark: this.#parking.event };
  }

  begin(turn: AgentTurn): void {
    this.#turns.add(turn);
  }

  end(turn: AgentTurn): void {
    this.#turns.delete(turn);
    if (this.#parked?.turn === turn) this.unpark();
  }

  park(parked: Parked): void {
    this.#parked = parked;
    this.#parking.fire(true);
  }

  unpark(): void {
    if (this.#parked === undefined) return;
    this.#parked = undefined;
    this.#parking.fire(false);
  }

  /** Sets the conversation as both sides remember it. */
  remember(transcript: Transcript | undefined): void {
    this.#transcript = transcript;
  }

  /** Ends its turns, and takes its tools back. */
  async close(why: BridgeError): Promise<void> {
    for (const turn of this.#turns) turn.abandon(why);
    this.#parking.dispose();
    const lent = await this.#lent?.catch(() => undefined);
    await lent?.dispose();
  }

  async #openOnce(servers: LentServers, tools: readonly ClientTool[]): Promise<LentServer> {
    const lent = (this.#lent ??= servers.open({ tools, call: (name, args, signal) => this.#call(name, args, signal) }));
    try {
      return await lent;
    } catch (error) {
      // The next request of a session that its client has named tries again.
      if (this.#lent === lent) this.#lent = undefined;
      throw error;
    }
  }

  async #call(lentName: string, args: object, signal: AbortSignal): Promise<LentResult> {
    // The turns of a session run one after the other.
    const turn = [...this.#turns].find(({ isReady, isOver }) => isReady && !isOver);
    const name = this.#names.own(lentName);
    if (turn === undefined || name === undefined) return failedCall("This tool cannot be called now.");
    return await turn.call(name, args, signal);
  }
}

/** Returns true if the last answer of a request is the one with the calls of a parked turn. */
export function isAnswerOf({ text, calls }: Parked, answers: readonly Message[]): boolean {
  const said = answers.flatMap((message) => (message.role === "assistant" ? [message] : []));
  const ids = new Set(said.flatMap((answer) => answer.calls.map(({ id }) => id)));
  const saidText = said
    .map((answer) => answer.text)
    .join("")
    .trim();
  // Some clients drop the text in front of calls.
  const isSameText = saidText === "" || saidText === text.trim();
  return isSameText && ids.size === calls.length && calls.every(({ id }) => ids.has(id));
}
