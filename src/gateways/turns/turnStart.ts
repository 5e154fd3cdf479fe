import type { TargetRequest, TurnInput } from "../../core/commands/turnInput.ts";
import type { PromptBlock } from "../../core/models/promptBlock.ts";
import { invalid } from "../../protocol/validate.ts";
import { askingForJson } from "../../server/chat/jsonWish.ts";
import type { ChatDeps } from "../../server/routes/chat.ts";
import { AgentTurn, type AgentTurnDeps } from "./answer/agentTurn.ts";
import { Reply, type WantedJson } from "./answer/reply.ts";
import { inputTokensOf } from "./answer/tokens.ts";
import type { LentServers } from "./lending.ts";
import { type AgentModels, resolveModel } from "./models.ts";
import { SharedResponse } from "./replay/sharedResponse.ts";
import { Conversation, newSessionName } from "./session/conversation.ts";
import type { Conversations } from "./session/conversations.ts";
import { askedNow, promptOf, shownPromptOf } from "./session/history.ts";
import { ResultsOfClient } from "./session/resultsOfClient.ts";
import { select, type Selection } from "./session/selection.ts";
import type { SessionKeys } from "./session/sessionKeys.ts";
import { lengthOfKnown, type Transcript, transcriptOf } from "./session/transcript.ts";
import { wantedTools, type WantedTools } from "./tools/wantedTools.ts";
import type { TurnRequest } from "./turn.ts";
import type { TurnSettings } from "./turnSettings.ts";
import { newId } from "./windowIds.ts";

/** The name of an agent's session that ends with its turn. */
const FRESH = "fresh";
/** Fits a header. */
const SESSION_NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/u;

export interface TurnStartDeps extends AgentTurnDeps, Pick<ChatDeps, "extractJson" | "schemas"> {
  readonly models: AgentModels;
  /** Undefined if agents cannot call tools of clients. */
  readonly lentServers: LentServers | undefined;
  /** Returns the settings, which may change at any time. */
  readonly settings: () => TurnSettings;
  readonly conversations: Conversations;
  readonly keys: SessionKeys;
}

/** A request, and what was found out about it. */
interface Wanted {
  readonly request: TurnRequest;
  readonly tools: WantedTools;
  readonly model: string | undefined;
  /** For requests while another conversation of the same client is working. */
  readonly sideModel: string | undefined;
  /** The conversation up to the last answer in the request, and all of it. */
  readonly known: Transcript;
  readonly before: Transcript;
}

/** Starts turns, and goes on with parked ones: selects the conversation, and makes the prompt and the response. */
export class TurnStart {
  readonly #deps: TurnStartDeps;

  constructor(deps: TurnStartDeps) {
    this.#deps = deps;
  }

  /** @throws BridgeError see `Turns.respond` */
  async respond(request: TurnRequest): Promise<SharedResponse> {
    const wanted = await this.#read(request);
    // From here on nothing waits until the conversation is taken, so that no other request takes it as well.
    const { conversations, keys } = this.#deps;
    const selection = select({ request, toolList: wanted.tools.list, known: wanted.known }, conversations, keys);
    return selection.kind === "parked"
      ? this.#resume(wanted, selection.conversation)
      : await this.#begin(wanted, selection);
  }

  async #read(request: TurnRequest): Promise<Wanted> {
    const { models, schemas } = this.#deps;
    const settings = this.#deps.settings();
    assertRequest(request);
    const tools = wantedTools(request, settings["gateways.clientTools"]);
    const schema = tools.asked?.parameters ?? request.answerSchema;
    if (schema !== undefined) await schemas.assertUsable(schema);
    const aliases = settings["gateways.modelAliases"];
    const model = await resolveModel(request.model, aliases, models);
    const side = settings["gateways.sideModel"];
    const sideModel = side === "" ? model : await resolveModel(side, aliases, models).catch(() => model);
    const { messages } = request;
    const known = transcriptOf(messages.slice(0, lengthOfKnown(messages)));
    const before = transcriptOf(messages.slice(lengthOfKnown(messages)), known);
    return { request, tools, model, sideModel, known, before };
  }

  #resume(wanted: Wanted, conversation: Conversation): SharedResponse {
    const { parked } = conversation;
    if (parked === undefined) throw new Error("No turn is parked.");
    const { turn } = parked;
    const reply = this.#replyOf(wanted, conversation, () => turn);
    const results = new ResultsOfClient(wanted.request, this.#askOf(wanted));
    conversation.unpark();
    this.#deps.conversations.use(conversation);
    const response = this.#shared(wanted, conversation, turn, reply);
    turn.resume(reply, (id) => results.of(id));
    return response;
  }

  async #begin(wanted: Wanted, selection: Exclude<Selection, { kind: "parked" }>): Promise<SharedResponse> {
    const { conversations, lentServers } = this.#deps;
    const isSide = selection.kind === "fresh" && this.#isSide(wanted);
    const conversation = selection.kind === "fresh" ? this.#create(wanted, isSide) : selection.conversation;
    // The client has gone on without the results.
    conversation.parked?.turn.withdraw();
    const model = isSide ? wanted.sideModel : wanted.model;
    const reply = this.#replyOf(wanted, conversation, () => turn);
    const { caller } = wanted.request;
    const turn: AgentTurn = new AgentTurn(this.#deps, {
      caller,
      reply,
      onOver: (isAnswered) => {
        // The agent remembers what its client has not got.
        if (!isAnswered) conversation.remember(undefined);
        this.#over(conversation, turn);
      },
    });
    conversations.use(conversation);
    conversation.begin(turn);
    try {
      const lent = lentServers && (await conversation.lend(lentServers));
      await turn.start(this.#requestFor({ ...wanted, model }, conversation, selection.kind), lent);
    } catch (error) {
      this.#over(conversation, turn);
      throw error;
    }
    conversation.model = wanted.request.model;
    return this.#shared(wanted, conversation, turn, reply);
  }

  #create({ request, tools }: Wanted, isSide: boolean): Conversation {
    const { caller, workspacePath, session } = request;
    const conversation = new Conversation({
      id: session ?? newId(this.#deps.windowId),
      sessionName: isSide ? FRESH : newSessionName(),
      caller,
      workspacePath,
      isNamed: session !== undefined,
      isSingleUse: isSide,
      tools: tools.lent,
      toolList: tools.list,
    });
    this.#deps.conversations.add(conversation);
    return conversation;
  }

  /** Returns true for a request without tools while another conversation of the same client is working, such as for a title. */
  #isSide({ request }: Wanted): boolean {
    const { caller, tools, session } = request;
    if (tools.length > 0 || session !== undefined) return false;
    const own = this.#deps.conversations.of(caller.principal);
    return own.some((conversation) => conversation.isWorking && conversation.caller.program === caller.program);
  }

  #requestFor(
    { request, tools, model }: Wanted,
    conversation: Conversation,
    kind: Selection["kind"],
  ): TargetRequest & { readonly turn: TurnInput } {
    const { workspacePath, messages } = request;
    const ask = this.#askOf({ request, tools });
    const all = ask(promptOf(messages));
    const isWhole = kind === "fresh" && !conversation.isNamed;
    const content = isWhole ? all : ask(promptOf(newMessages(messages, kind), messages));
    return {
      command: "kiro.cli.chat",
      args: [shownPromptOf(messages)],
      session: conversation.sessionName,
      ...(workspacePath !== undefined && { workspacePath }),
      turn: { content, ...(!isWhole && { recall: all }), ...(model !== undefined && { model }) },
    };
  }

  /** Returns a function that adds to a prompt what it has to ask for besides. */
  #askOf({
    request,
    tools,
  }: Pick<Wanted, "request" | "tools">): (content: readonly PromptBlock[]) => readonly PromptBlock[] {
    const { asked } = tools;
    const schema = asked?.parameters ?? request.answerSchema;
    if (schema === undefined) return (content) => content;
    const sentence =
      asked === undefined
        ? ""
        : `\n\nDecide on the arguments for a call of the tool ${asked.name}: ${asked.description}`;
    return (content) => [...content, { type: "text", text: askingForJson(sentence, schema) }];
  }

  #replyOf({ request, tools, before }: Wanted, conversation: Conversation, turnOf: () => AgentTurn): Reply {
    const { conversations } = this.#deps;
    const settings = this.#deps.settings();
    const { stop, maxTokens, messages } = request;
    // An answer that goes on with the last message of the request would be one message with it.
    const isSeparate = messages.at(-1)?.role !== "assistant";
    return new Reply({
      windowId: this.#deps.windowId,
      stop,
      maxTokens: settings["gateways.enforceMaxTokens"] ? maxTokens : undefined,
      showsActivity: settings["gateways.activity"] === "reasoning",
      inputTokens: inputTokensOf(messages, tools.lent),
      json: this.#jsonOf(request, tools),
      maxCalls: request.takesOneCall === true ? 1 : undefined,
      // Kept as long as the response: refers to nothing large.
      onLast: (reply, last, isWhole) => {
        const turn = turnOf();
        if (last.type === "end") conversation.tokens += last.usage.inputTokens + last.usage.outputTokens;
        const answer = { role: "assistant", text: reply.segment.text, calls: reply.calls, keys: [] } as const;
        conversations.tell();
        if (turn.isParked) conversation.park({ turn, before, ...answer });
        else {
          const isNotSent = last.type === "failed" && !last.hasBegun;
          if (!isNotSent) conversation.remember(isWhole && isSeparate ? transcriptOf([answer], before) : undefined);
          if (turn.isOver) conversation.end(turn);
        }
      },
    });
  }

  #jsonOf({ answerSchema }: TurnRequest, { asked }: WantedTools): WantedJson | undefined {
    const { extractJson, schemas } = this.#deps;
    const schema = asked?.parameters ?? answerSchema;
    if (schema === undefined) return undefined;
    return { tool: asked?.name, extract: extractJson, problemOf: (json) => schemas.problemOf(schema, json) };
  }

  #shared({ request, tools }: Wanted, conversation: Conversation, turn: AgentTurn, reply: Reply): SharedResponse {
    const { keys, clock, lentServers } = this.#deps;
    const { principal } = request.caller;
    const position = { sessionId: conversation.id, turn: ++conversation.turn };
    const hasTools = tools.lent.length > 0;
    const isIgnored = tools.isIgnored || (hasTools && lentServers === undefined);
    return new SharedResponse({
      reply,
      turn,
      session: conversation.id,
      key: () => keys.keyOf(principal.id, position),
      ignored: () => (isIgnored || (hasTools && !turn.takesTools) ? ["tools"] : []),
      clock,
    });
  }

  /** A conversation goes on as long as both sides remember the same, or if its client has named it. */
  #over(conversation: Conversation, turn: AgentTurn): void {
    const { conversations } = this.#deps;
    conversation.end(turn);
    if (!conversation.isIdle) return;
    const goesOn = conversation.isNamed || conversation.transcript !== undefined;
    if (goesOn && !conversation.isSingleUse) conversations.rest(conversation);
    else conversations.close(conversation);
  }
}

function newMessages(messages: TurnRequest["messages"], kind: Selection["kind"]): TurnRequest["messages"] {
  // The agent of a named conversation has its instructions already, or gets all messages.
  return kind === "known" ? messages.slice(lengthOfKnown(messages)) : askedNow(messages);
}

/** @throws BridgeError VALIDATION_FAILED */
function assertRequest({ messages, session }: TurnRequest): void {
  if (session !== undefined && !SESSION_NAME.test(session)) {
    throw invalid("X-Kiro-Session", "format", "1 to 100 printable ASCII characters", "something else");
  }
  const fresh = messages.slice(lengthOfKnown(messages));
  if (promptOf(fresh).every((block) => block.type === "text" && block.text.trim() === "")) {
    throw invalid("messages", "required", "a message with a text or an image", "none");
  }
}
