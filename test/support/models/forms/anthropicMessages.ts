import type { ModelScript } from "../modelServer.ts";
import { namedEvent as event, sseEvent, type NamedEvent } from "./events.ts";
import { finishOf, isStreamed, piecesOf, TEST_MODEL, usageOf, type ScriptedAnswer } from "./scriptedAnswer.ts";

const finishes = { stop: "end_turn", length: "max_tokens", "tool-calls": "tool_use", refusal: "refusal" } as const;

/** The signature of scripted thinking. */
export const SIGNATURE = "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk=";

/** Answers a request of `/messages`, as a stream if it asks for one. */
export function anthropicMessages(answer: ScriptedAnswer): ModelScript {
  return ({ json }) =>
    isStreamed(json) ? { body: messagesStream(answer) } : { body: JSON.stringify(finishedMessage(answer)) };
}

/** Returns the stream of an answer, as the API sends it. */
export function messagesStream(answer: ScriptedAnswer): string {
  return messagesEvents(answer).map(sseEvent).join("");
}

/** Returns the events of an answer, for tests that change them. */
export function messagesEvents(answer: ScriptedAnswer): readonly NamedEvent[] {
  const usage = messageUsage(answer);
  const begun = { ...messageHead(answer), content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  return [
    event("message_start", { message: begun }),
    ...blocksOf(answer).flatMap((block, index) => [
      event("content_block_start", { index, content_block: block.begun }),
      ...(index === 0 ? [event("ping")] : []),
      ...block.deltas.map((delta) => event("content_block_delta", { index, delta })),
      event("content_block_stop", { index }),
    ]),
    event("message_delta", {
      delta: { stop_reason: finishes[finishOf(answer)], stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    }),
    event("message_stop"),
  ];
}

/** Returns the answer to a request that asks for no stream. */
function finishedMessage(answer: ScriptedAnswer): object {
  return {
    ...messageHead(answer),
    content: blocksOf(answer).map((block) => block.done),
    stop_reason: finishes[finishOf(answer)],
    usage: messageUsage(answer),
  };
}

function messageHead(answer: ScriptedAnswer): object {
  return {
    id: "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY",
    type: "message",
    role: "assistant",
    model: answer.model ?? TEST_MODEL,
    stop_sequence: null,
  };
}

/** The API counts the input that it reads from a cache by itself. */
function messageUsage(answer: ScriptedAnswer) {
  const usage = usageOf(answer);
  return {
    input_tokens: usage.input - usage.cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cached,
    output_tokens: usage.output,
    service_tier: "standard",
  };
}

interface Block {
  readonly begun: object;
  readonly deltas: readonly object[];
  readonly done: object;
}

function blocksOf(answer: ScriptedAnswer): readonly Block[] {
  const blocks: Block[] = [];
  if (answer.reasoning !== undefined) {
    blocks.push({
      begun: { type: "thinking", thinking: "", signature: "" },
      deltas: [
        { type: "thinking_delta", thinking: answer.reasoning },
        { type: "signature_delta", signature: SIGNATURE },
      ],
      done: { type: "thinking", thinking: answer.reasoning, signature: SIGNATURE },
    });
  }
  if (answer.text !== undefined) {
    const pieces = piecesOf(answer.text);
    blocks.push({
      begun: { type: "text", text: "" },
      deltas: pieces.map((text) => ({ type: "text_delta", text })),
      done: { type: "text", text: pieces.join("") },
    });
  }
  for (const { id, name, arguments: text } of answer.calls ?? []) {
    const head = { type: "tool_use", id, name };
    const deltas = ["", ...piecesOf(text)].map((partial_json) => ({ type: "input_json_delta", partial_json }));
    // Only a whole answer has the arguments parsed, so tests of invalid JSON are about streams.
    blocks.push({ begun: { ...head, input: {} }, deltas, done: { ...head, input: parsed(piecesOf(text).join("")) } });
  }
  return blocks;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
