import type { ModelScript } from "../modelServer.ts";
import { namedEvent as event, sseEvent, type NamedEvent } from "./events.ts";
import {
  finishOf,
  isStreamed,
  piecesOf,
  TEST_MODEL,
  usageOf,
  type ScriptedAnswer,
  type ScriptedCall,
} from "./scriptedAnswer.ts";

/** Answers a request of `/responses`, as a stream if it asks for one. */
export function openAiResponses(answer: ScriptedAnswer): ModelScript {
  return ({ json }) =>
    isStreamed(json) ? { body: responsesStream(answer) } : { body: JSON.stringify(finishedResponse(answer)) };
}

/** Returns the stream of an answer, as the API sends it. */
export function responsesStream(answer: ScriptedAnswer): string {
  return responsesEvents(answer).map(sseEvent).join("");
}

/** Returns the events of an answer, for tests that change them. */
export function responsesEvents(answer: ScriptedAnswer): readonly NamedEvent[] {
  const begun = { ...responseHead(answer), status: "in_progress", output: [], usage: null };
  const end = finishedResponse(answer);
  const events = [
    event("response.created", { response: begun }),
    event("response.in_progress", { response: begun }),
    ...itemsOf(answer).flatMap((item, index) => item.events.map((event) => ({ ...event, output_index: index }))),
    event(finishOf(answer) === "length" ? "response.incomplete" : "response.completed", { response: end }),
  ];
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

/** Returns the whole response: the answer to a request that asks for no stream. */
function finishedResponse(answer: ScriptedAnswer): object {
  const usage = usageOf(answer);
  const isCut = finishOf(answer) === "length";
  return {
    ...responseHead(answer),
    status: isCut ? "incomplete" : "completed",
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    output: itemsOf(answer).map((item) => item.done),
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: usage.reasoning },
      total_tokens: usage.input + usage.output,
    },
  };
}

function responseHead(answer: ScriptedAnswer): object {
  return {
    id: "resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654",
    object: "response",
    created_at: 1_741_290_958,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: answer.model ?? TEST_MODEL,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    user: null,
    metadata: {},
  };
}

interface OutputItem {
  readonly done: object;
  readonly events: readonly NamedEvent[];
}

function itemsOf(answer: ScriptedAnswer): readonly OutputItem[] {
  return [
    ...(answer.reasoning === undefined ? [] : [reasoningItem(answer.reasoning)]),
    ...(answer.text === undefined ? [] : [messageItem(piecesOf(answer.text), finishOf(answer))]),
    ...(answer.calls ?? []).map(callItem),
  ];
}

/** The opaque content of scripted reasoning items. */
export const ENCRYPTED_CONTENT = "gAAAAABn-test-encrypted-reasoning==";

function reasoningItem(text: string): OutputItem {
  const id = "rs_67ccf7eabcd88190b8a5b6c0d3f9b6a20e1a8f3c";
  const part = { type: "summary_text", text };
  const done = { id, type: "reasoning", encrypted_content: ENCRYPTED_CONTENT, summary: [part] };
  const at = { item_id: id, summary_index: 0 };
  return {
    done,
    events: [
      event("response.output_item.added", { item: { ...done, summary: [] } }),
      event("response.reasoning_summary_part.added", { ...at, part: { ...part, text: "" } }),
      event("response.reasoning_summary_text.delta", { ...at, delta: text }),
      event("response.reasoning_summary_text.done", { ...at, text }),
      event("response.reasoning_summary_part.done", { ...at, part }),
      event("response.output_item.done", { item: done }),
    ],
  };
}

function messageItem(pieces: readonly string[], finish: ReturnType<typeof finishOf>): OutputItem {
  const id = "msg_67c9fdcf37fc8190ba82116e33fb28c507b8b0ad4e5eb654";
  const isRefusal = finish === "refusal";
  const text = pieces.join("");
  const partOf = (value: string) =>
    isRefusal
      ? { type: "refusal", refusal: value }
      : { type: "output_text", text: value, annotations: [], logprobs: [] };
  const status = finish === "length" ? "incomplete" : "completed";
  const done = { id, type: "message", status, role: "assistant", content: [partOf(text)] };
  const at = { item_id: id, content_index: 0 };
  const name = isRefusal ? "refusal" : "output_text";
  return {
    done,
    events: [
      event("response.output_item.added", { item: { ...done, status: "in_progress", content: [] } }),
      event("response.content_part.added", { ...at, part: partOf("") }),
      ...pieces.map((delta) => event(`response.${name}.delta`, { ...at, delta })),
      event(`response.${name}.done`, { ...at, ...(isRefusal ? { refusal: text } : { text, logprobs: [] }) }),
      event("response.content_part.done", { ...at, part: partOf(text) }),
      event("response.output_item.done", { item: done }),
    ],
  };
}

function callItem(call: ScriptedCall): OutputItem {
  const pieces = piecesOf(call.arguments);
  const text = pieces.join("");
  const id = `fc_${call.id}`;
  const done = {
    id,
    type: "function_call",
    status: "completed",
    arguments: text,
    call_id: call.id,
    name: call.name,
  };
  return {
    done,
    events: [
      event("response.output_item.added", { item: { ...done, status: "in_progress", arguments: "" } }),
      ...pieces.map((delta) => event("response.function_call_arguments.delta", { item_id: id, delta })),
      event("response.function_call_arguments.done", { item_id: id, arguments: text }),
      event("response.output_item.done", { item: done }),
    ],
  };
}
