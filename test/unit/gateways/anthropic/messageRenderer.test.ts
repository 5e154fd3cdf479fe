import assert from "node:assert/strict";
import type { Thinking } from "../../../../src/gateways/anthropic/contentBlocks.ts";
import { MessageRenderer } from "../../../../src/gateways/anthropic/messageRenderer.ts";
import type { Piece, TurnResponse } from "../../../../src/gateways/turns/turn.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";

const response: TurnResponse = {
  id: "r1",
  executionId: "exec-1",
  agent: "kiro",
  estimated: ["usage"],
  session: "s1",
  createdAt: 0,
  key: "key-1",
  inputTokens: 12,
  accepted: Promise.resolve(),
  ignored: [],
  pieces: async function* none() {},
  leave: () => undefined,
  arrived: () => undefined,
};

const usage = { inputTokens: 12, outputTokens: 3 };
const end: Piece = { type: "end", stopReason: "end", usage };
const calls: Piece = {
  type: "calls",
  calls: [
    { id: "toolu_1", name: "read", arguments: '{"path":"a.txt"}' },
    { id: "toolu_2", name: "list", arguments: "{}" },
  ],
};

const renderer = (thinking: Thinking = "none") => new MessageRenderer({ model: "kiro", thinking });

/** Returns the whole stream. */
function stream(pieces: readonly Piece[], thinking?: Thinking): string {
  const writer = renderer(thinking);
  return [writer.start(response), ...pieces.map((piece) => writer.piece(piece))].join("");
}

const message = {
  id: "msg_r1",
  type: "message",
  role: "assistant",
  model: "kiro",
  content: [] as readonly object[],
  container: null,
  stop_reason: null as string | null,
  stop_sequence: null as string | null,
  stop_details: null as object | null,
};
const counts = (input_tokens: number, output_tokens: number) => ({
  input_tokens,
  output_tokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  kiro: { estimated: true },
});

const event = (data: { readonly type: string; readonly [member: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const started = event({ type: "message_start", message: { ...message, usage: counts(12, 0) } });
const ended = (stop_reason: string, stop_sequence: string | null = null): string =>
  event({
    type: "message_delta",
    delta: { stop_reason, stop_sequence, stop_details: null },
    usage: counts(12, 3),
  }) + event({ type: "message_stop" });
const block = (index: number, content_block: object): string =>
  event({ type: "content_block_start", index, content_block });
const delta = (index: number, change: object): string => event({ type: "content_block_delta", index, delta: change });
const stopped = (index: number): string => event({ type: "content_block_stop", index });
const textBlock = { type: "text", text: "", citations: null };
const thinkingBlock = { type: "thinking", thinking: "", signature: "" };
const toolBlock = (id: string, name: string) => ({ type: "tool_use", id, name, input: {}, caller: { type: "direct" } });
const signed = { type: "signature_delta", signature: "key-1" };

describe("MessageRenderer", () => {
  it("streams a text", () => {
    assert.equal(
      stream([{ type: "text", text: "Hel" }, { type: "text", text: "lo\n." }, end]),
      started +
        block(0, textBlock) +
        delta(0, { type: "text_delta", text: "Hel" }) +
        delta(0, { type: "text_delta", text: "lo\n." }) +
        stopped(0) +
        ended("end_turn"),
    );
  });

  it("streams what the agent does as signed thinking, around the text", () => {
    const pieces: readonly Piece[] = [
      { type: "activity", text: "Reading" },
      { type: "text", text: "Hello." },
      { type: "activity", text: "Writing" },
      { type: "text", text: "Done." },
      end,
    ];
    assert.equal(
      stream(pieces, "activity"),
      started +
        block(0, thinkingBlock) +
        delta(0, { type: "thinking_delta", thinking: "Reading" }) +
        delta(0, signed) +
        stopped(0) +
        block(1, textBlock) +
        delta(1, { type: "text_delta", text: "Hello." }) +
        stopped(1) +
        block(2, thinkingBlock) +
        delta(2, { type: "thinking_delta", thinking: "Writing" }) +
        delta(2, signed) +
        stopped(2) +
        block(3, textBlock) +
        delta(3, { type: "text_delta", text: "Done." }) +
        stopped(3) +
        ended("end_turn"),
    );
  });

  it("streams calls of tools after the key of the session", () => {
    const input = (index: number, partial_json: string): string =>
      delta(index, { type: "input_json_delta", partial_json });
    assert.equal(
      stream([{ type: "activity", text: "Reading" }, calls, { ...end, stopReason: "tool-use" }], "key"),
      started +
        block(0, thinkingBlock) +
        delta(0, signed) +
        stopped(0) +
        block(1, toolBlock("toolu_1", "read")) +
        input(1, '{"path":"a.txt"}') +
        stopped(1) +
        block(2, toolBlock("toolu_2", "list")) +
        input(2, "{}") +
        stopped(2) +
        ended("tool_use"),
    );
  });

  it("ends a stream also without any text", () => {
    assert.equal(stream([end]), started + ended("end_turn"));
    assert.equal(
      stream([end], "activity"),
      started + block(0, thinkingBlock) + delta(0, signed) + stopped(0) + ended("end_turn"),
    );
  });

  it("starts and stops each block once, in the order of the indexes", () => {
    const all: readonly Piece[] = [{ type: "text", text: "a" }, { type: "activity", text: "b" }, calls];
    for (const thinking of ["none", "key", "activity"] as const) {
      for (const pieces of [all, all.toReversed(), all.flatMap((piece) => [piece, piece])]) {
        let open: number | undefined;
        let next = 0;
        for (const { type, index } of blockEvents(stream([...pieces, end], thinking))) {
          if (type === "content_block_start") {
            assert.equal(open, undefined);
            assert.equal(index, next++);
          } else {
            assert.equal(index, open);
          }
          open = type === "content_block_stop" ? undefined : index;
        }
        assert.equal(open, undefined);
        assert.ok(next >= 3, `${next} blocks`);
      }
    }
  });

  it("says why a message has ended", () => {
    assert.ok(stream([{ ...end, stopReason: "length" }]).endsWith(ended("max_tokens")));
    assert.ok(
      stream([{ ...end, stopReason: "stop-sequence", stopSequence: "END" }]).endsWith(ended("stop_sequence", "END")),
    );
    const refused = { ...end, stopReason: "refusal" } as const;
    assert.deepEqual(renderer().body([refused], response), {
      ...message,
      stop_reason: "refusal",
      stop_details: { type: "refusal", category: null, explanation: null },
      usage: counts(12, 3),
    });
  });

  it("ends a stream that has failed with an error of the API", () => {
    const failed: Piece = { type: "failed", error: new BridgeError("INTERNAL_ERROR", "Kiro died."), hasBegun: true };
    const error = { type: "api_error", message: "Kiro died." };
    assert.equal(
      stream([{ type: "text", text: "Hel" }, failed]),
      started +
        block(0, textBlock) +
        delta(0, { type: "text_delta", text: "Hel" }) +
        event({ type: "error", error, request_id: "exec-1" }),
    );
  });

  it("says that nothing ran if it has failed before the agent began", () => {
    const failed: Piece = { type: "failed", error: new BridgeError("KIRO_UNAVAILABLE", "Not now."), hasBegun: false };
    const error = { type: "overloaded_error", message: "Not now." };
    assert.equal(stream([failed]), started + event({ type: "error", error, request_id: "exec-1" }));
  });

  it("writes the same message without a stream", () => {
    const pieces: readonly Piece[] = [
      { type: "activity", text: "Rea" },
      { type: "activity", text: "ding" },
      { type: "text", text: "Hel" },
      { type: "text", text: "lo." },
      calls,
      { ...end, stopReason: "tool-use", usage: { ...usage, credits: 0.5, contextPercent: 7 } },
    ];
    const tools = [{ ...toolBlock("toolu_1", "read"), input: { path: "a.txt" } }, toolBlock("toolu_2", "list")];
    const text = { type: "text", text: "Hello.", citations: null };
    const whole = {
      ...message,
      stop_reason: "tool_use",
      usage: { ...counts(12, 3), kiro: { estimated: true, credits: 0.5, contextPercent: 7 } },
    };
    const thought = { type: "thinking", thinking: "Reading", signature: "key-1" };
    assert.deepEqual(renderer("activity").body(pieces, response), { ...whole, content: [thought, text, ...tools] });
    const key = { ...thought, thinking: "" };
    assert.deepEqual(renderer("key").body(pieces, response), { ...whole, content: [key, text, ...tools] });
    assert.deepEqual(renderer().body(pieces, response), { ...whole, content: [text, ...tools] });
  });

  it("has a ping for silent streams", () => {
    assert.equal(renderer().ping, 'event: ping\ndata: {"type":"ping"}\n\n');
  });
});

/** Returns the events about blocks, in their order. */
function blockEvents(text: string): readonly { readonly type: string; readonly index: number }[] {
  return [...text.matchAll(/^data: \{"type":"(content_block_\w+)","index":(\d+)/gmu)].map(([, type = "", index]) => ({
    type,
    index: Number(index),
  }));
}
