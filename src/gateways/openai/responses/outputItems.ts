import type { FunctionName } from "./responseTools.ts";

type ItemStatus = "in_progress" | "completed" | "incomplete";

export interface OutputText {
  readonly type: "output_text";
  text: string;
  readonly annotations: [];
  readonly logprobs: [];
}

interface Refusal {
  readonly type: "refusal";
  refusal: string;
}

export interface MessageItem {
  readonly id: string;
  readonly type: "message";
  status: ItemStatus;
  readonly role: "assistant";
  readonly content: (OutputText | Refusal)[];
}

/** Activity of an agent besides its answer. With `encrypted_content`, the key of the session. */
export interface ReasoningItem {
  readonly id: string;
  readonly type: "reasoning";
  readonly summary: { readonly type: "summary_text"; text: string }[];
  readonly encrypted_content?: string;
}

export interface FunctionCallItem extends FunctionName {
  readonly id: string;
  readonly type: "function_call";
  status: ItemStatus;
  readonly call_id: string;
  arguments: string;
}

/** A part of a response, in the form in which clients send it again with their next request. */
export type OutputItem = MessageItem | ReasoningItem | FunctionCallItem;

export function newMessage(id: string): MessageItem {
  return { id, type: "message", status: "in_progress", role: "assistant", content: [] };
}

export function newText(text = ""): OutputText {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

/** Number of digits that the ID of an item has from its response, the mark of the window included. */
const SHARED_DIGITS = 28;

/** Returns the ID of an item. It has the form of `newId`, and the beginning of the ID of its response. */
export function itemIdOf(prefix: "msg" | "rs" | "fc", responseId: string, index: number): string {
  return `${prefix}_${responseId.slice(0, SHARED_DIGITS)}${index.toString(16).padStart(4, "0")}`;
}

/** Returns the beginning of the ID of the response that an item belongs to. */
export function responseStartOf(itemId: string): string {
  return itemId.replace(/^[a-z]+_/u, "").slice(0, SHARED_DIGITS);
}
