import type { ModelScript } from "../modelServer.ts";
import { sseData } from "./events.ts";
import { finishOf, isStreamed, piecesOf, TEST_MODEL, usageOf, type ScriptedAnswer } from "./scriptedAnswer.ts";

const finishes = { stop: "stop", length: "length", "tool-calls": "tool_calls", refusal: "content_filter" } as const;

/** Answers a request of `/chat/completions`, as a stream if it asks for one, with the usage if it asks for it. */
export function openAiChat(answer: ScriptedAnswer): ModelScript {
  return ({ json }) =>
    isStreamed(json)
      ? { body: chatStream(answer, JSON.stringify(json).includes('"include_usage":true')) }
      : { body: JSON.stringify(chatCompletion(answer)) };
}

/** Returns the stream of an answer, as the API sends it. */
export function chatStream(answer: ScriptedAnswer, hasUsage = true): string {
  return `${chatEvents(answer, hasUsage).map(sseData).join("")}data: [DONE]\n\n`;
}

/** Returns the chunks of an answer. */
function chatEvents(answer: ScriptedAnswer, hasUsage = true): readonly object[] {
  const usage = hasUsage ? { usage: null } : {};
  const chunk = (delta: object, finish: string | null = null) => ({
    ...chunkHead(answer),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...usage,
  });
  return [
    chunk({ role: "assistant", content: "", refusal: null }),
    ...piecesOf(answer.reasoning).map((text) => chunk({ reasoning_content: text })),
    ...piecesOf(answer.text).map((content) => chunk({ content })),
    ...callDeltas(answer).map((call) => chunk({ tool_calls: [call] })),
    chunk({}, finishes[finishOf(answer)]),
    ...(hasUsage ? [{ ...chunkHead(answer), choices: [], usage: chatUsage(answer) }] : []),
  ];
}

/** Returns the answer to a request that asks for no stream. */
export function chatCompletion(answer: ScriptedAnswer): object {
  const calls = (answer.calls ?? []).map(({ id, name, arguments: text }) => ({
    id,
    type: "function",
    function: { name, arguments: piecesOf(text).join("") },
  }));
  const message = {
    role: "assistant",
    content: answer.text === undefined ? null : piecesOf(answer.text).join(""),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    refusal: null,
    annotations: [],
  };
  return {
    ...chunkHead(answer),
    object: "chat.completion",
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishes[finishOf(answer)] }],
    usage: chatUsage(answer),
  };
}

function chunkHead(answer: ScriptedAnswer): object {
  return {
    id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    object: "chat.completion.chunk",
    created: 1_741_569_952,
    model: answer.model ?? TEST_MODEL,
    service_tier: "default",
    system_fingerprint: "fp_44709d6fcb",
  };
}

function callDeltas(answer: ScriptedAnswer): readonly object[] {
  return (answer.calls ?? []).flatMap((call, index) => [
    { index, id: call.id, type: "function", function: { name: call.name, arguments: "" } },
    ...piecesOf(call.arguments).map((text) => ({ index, function: { arguments: text } })),
  ]);
}

function chatUsage(answer: ScriptedAnswer): object {
  const usage = usageOf(answer);
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
