import type { ToolUse } from "../../turns/turn.ts";
import {
  type FunctionCallItem,
  itemIdOf,
  type MessageItem,
  newMessage,
  newText,
  type OutputItem,
  type ReasoningItem,
} from "./outputItems.ts";
import type { FunctionName } from "./responseTools.ts";

/** An event of a stream, without its number. */
export interface ResponseEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The item that the last event is about, while there can be more of it. */
type OpenItem =
  | { readonly type: "message"; readonly item: MessageItem }
  | { readonly type: "reasoning"; readonly item: ReasoningItem };

const REFUSAL = "The agent refused to answer.";

/** The items of one response while they come, one after the other, and the events that report them. */
export class ResponseOutput {
  readonly items: OutputItem[] = [];
  readonly #id: string;
  readonly #nameOf: (call: ToolUse) => FunctionName;
  #open: OpenItem | undefined;

  /** @param id of the response, without a prefix; items have derived IDs, so that repeated requests get equal ones */
  constructor(id: string, nameOf: (call: ToolUse) => FunctionName) {
    this.#id = id;
    this.#nameOf = nameOf;
  }

  /** Adds the key of the session, which the client sends back with its next request. */
  addKey(key: string): readonly ResponseEvent[] {
    return this.#whole({ id: this.#nextId("rs"), type: "reasoning", summary: [], encrypted_content: key });
  }

  addText(delta: string): readonly ResponseEvent[] {
    const { events, item } = this.#message();
    const index = item.content.length - 1;
    const part = item.content[index];
    if (part?.type === "output_text") part.text += delta;
    return [
      ...events,
      { type: "response.output_text.delta", ...this.#at(item), content_index: index, delta, logprobs: [] },
    ];
  }

  addActivity(delta: string): readonly ResponseEvent[] {
    const { events, item } = this.#reasoning();
    const [part] = item.summary;
    if (part !== undefined) part.text += delta;
    return [...events, { type: "response.reasoning_summary_text.delta", ...this.#at(item), summary_index: 0, delta }];
  }

  addCalls(calls: readonly ToolUse[]): readonly ResponseEvent[] {
    return [...this.close(), ...calls.flatMap((call) => this.#call(call))];
  }

  /** Adds a refusal to the message. */
  refuse(): readonly ResponseEvent[] {
    const open =
      this.#open?.type === "message"
        ? { events: this.#endText(this.#open.item), item: this.#open.item }
        : this.#openMessage();
    const { item } = open;
    const at = { ...this.#at(item), content_index: item.content.length };
    const part = { type: "refusal", refusal: REFUSAL } as const;
    item.content.push(part);
    return [
      ...open.events,
      { type: "response.content_part.added", ...at, part: { type: "refusal", refusal: "" } },
      { type: "response.refusal.delta", ...at, delta: REFUSAL },
      { type: "response.refusal.done", ...at, refusal: REFUSAL },
      { type: "response.content_part.done", ...at, part },
    ];
  }

  /** Ends the last item. A response has a message, though an empty one, or calls. */
  end(status: "completed" | "incomplete"): readonly ResponseEvent[] {
    const isAnswered = this.items.some(({ type }) => type !== "reasoning");
    return [...(isAnswered ? [] : this.#message().events), ...this.close(status)];
  }

  /** Leaves the open item as it is. */
  breakOff(): void {
    if (this.#open?.type === "message") this.#open.item.status = "incomplete";
    this.#open = undefined;
  }

  /** Ends the open item, if there is one. */
  close(status: "completed" | "incomplete" = "completed"): readonly ResponseEvent[] {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return [];
    if (open.type === "reasoning") return [...this.#endSummary(open.item), this.#done(open.item)];
    open.item.status = status;
    return [...this.#endText(open.item), this.#done(open.item)];
  }

  #message(): { readonly events: readonly ResponseEvent[]; readonly item: MessageItem } {
    if (this.#open?.type === "message") return { events: [], item: this.#open.item };
    const { events, item } = this.#openMessage();
    const part = newText();
    item.content.push(part);
    const added = { type: "response.content_part.added", ...this.#at(item), content_index: 0, part: newText() };
    return { events: [...events, added], item };
  }

  #openMessage(): { readonly events: readonly ResponseEvent[]; readonly item: MessageItem } {
    const events = this.close();
    const item = newMessage(this.#nextId("msg"));
    this.#open = { type: "message", item };
    return { events: [...events, this.#added(item)], item };
  }

  #reasoning(): { readonly events: readonly ResponseEvent[]; readonly item: ReasoningItem } {
    if (this.#open?.type === "reasoning") return { events: [], item: this.#open.item };
    const closing = this.close();
    const item: ReasoningItem = { id: this.#nextId("rs"), type: "reasoning", summary: [] };
    this.#open = { type: "reasoning", item };
    const added = this.#added(item);
    item.summary.push({ type: "summary_text", text: "" });
    const part = { type: "summary_text", text: "" };
    return {
      events: [
        ...closing,
        added,
        { type: "response.reasoning_summary_part.added", ...this.#at(item), summary_index: 0, part },
      ],
      item,
    };
  }

  #call(call: ToolUse): readonly ResponseEvent[] {
    const item: FunctionCallItem = {
      id: this.#nextId("fc"),
      type: "function_call",
      status: "in_progress",
      call_id: call.id,
      ...this.#nameOf(call),
      arguments: "",
    };
    const added = this.#added(item);
    item.arguments = call.arguments;
    item.status = "completed";
    const at = this.#at(item);
    return [
      added,
      { type: "response.function_call_arguments.delta", ...at, delta: call.arguments },
      { type: "response.function_call_arguments.done", ...at, name: item.name, arguments: call.arguments },
      this.#done(item),
    ];
  }

  #whole(item: ReasoningItem): readonly ResponseEvent[] {
    return [...this.close(), this.#added(item), this.#done(item)];
  }

  /** Ends the text of a message, unless a refusal has ended it. */
  #endText(item: MessageItem): readonly ResponseEvent[] {
    const index = item.content.length - 1;
    const part = item.content[index];
    if (part?.type !== "output_text") return [];
    const at = { ...this.#at(item), content_index: index };
    return [
      { type: "response.output_text.done", ...at, text: part.text, logprobs: [] },
      { type: "response.content_part.done", ...at, part },
    ];
  }

  #endSummary(item: ReasoningItem): readonly ResponseEvent[] {
    const at = { ...this.#at(item), summary_index: 0 };
    const [part] = item.summary;
    if (part === undefined) return [];
    return [
      { type: "response.reasoning_summary_text.done", ...at, text: part.text },
      { type: "response.reasoning_summary_part.done", ...at, part },
    ];
  }

  /** Reports a new item as it is now. */
  #added(item: OutputItem): ResponseEvent {
    this.items.push(item);
    return { type: "response.output_item.added", output_index: this.items.length - 1, item: structuredClone(item) };
  }

  #done(item: OutputItem): ResponseEvent {
    return { type: "response.output_item.done", output_index: this.items.indexOf(item), item };
  }

  #at(item: OutputItem): { readonly item_id: string; readonly output_index: number } {
    return { item_id: item.id, output_index: this.items.indexOf(item) };
  }

  #nextId(prefix: "msg" | "rs" | "fc"): string {
    return itemIdOf(prefix, this.#id, this.items.length);
  }
}
