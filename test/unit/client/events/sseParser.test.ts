import assert from "node:assert/strict";
import { readMessages } from "../../../../src/client/events/readMessages.ts";
import { type SseMessage, SseParser } from "../../../../src/client/events/sseParser.ts";
import { TestClock } from "../../../support/testClock.ts";

const TEXT = [
  "\uFEFF: a comment",
  "retry: 250",
  "id: e:1",
  "event: first",
  'data: {"text":"grüße 🎉"}',
  "",
  "data:two",
  "data: lines",
  "unknown: field",
  "data",
  "",
  "event: without data",
  "",
  "id: nul\0",
  "data:  spaced",
  "",
  "data: not complete",
].join("\n");

const EXPECTED: readonly SseMessage[] = [
  { id: "e:1", event: "first", data: '{"text":"grüße 🎉"}' },
  { id: "e:1", event: "message", data: "two\nlines\n" },
  { id: "e:1", event: "message", data: " spaced" },
];

async function read(chunks: readonly Uint8Array[]): Promise<SseMessage[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const messages: SseMessage[] = [];
  for await (const message of readMessages(new Response(body))) messages.push(message);
  return messages;
}

describe("The messages of an event stream", () => {
  for (const [name, end] of [
    ["LF", "\n"],
    ["CR", "\r"],
    ["CRLF", "\r\n"],
  ] as const) {
    it(`are read from lines that end with ${name}, cut anywhere, also inside a character`, async () => {
      const bytes = new TextEncoder().encode(TEXT.replaceAll("\n", end));
      assert.deepEqual(await read([bytes]), EXPECTED);
      assert.deepEqual(await read(Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1))), EXPECTED);
      for (let at = 0; at <= bytes.length; at++) {
        assert.deepEqual(await read([bytes.subarray(0, at), bytes.subarray(at)]), EXPECTED, `cut at ${at}`);
      }
    });
  }

  it("have the delay that the server asks for, and no other one", () => {
    const parser = new SseParser();
    parser.push("retry: 250\nretry: soon\nretry: -1\n");
    assert.equal(parser.retryMs, 250);
  });

  it("are bounded, whether one line is too long or there are too many", () => {
    const mebibyte = "x".repeat(1024 * 1024);
    const push = (text: string, isStarted = false): (() => void) => {
      const parser = new SseParser();
      if (isStarted) parser.push("data: begun\n");
      return () => {
        for (let count = 0; count < 65; count++) parser.push(text);
      };
    };
    assert.throws(push(mebibyte), { code: "INVALID_RESPONSE" });
    assert.throws(push(`data:${mebibyte}\n`), { code: "INVALID_RESPONSE" });
    assert.doesNotThrow(push(`:${mebibyte}\n`));
    assert.throws(push(`:${mebibyte}\n`, true), { code: "INVALID_RESPONSE" });
  });

  it("are read in time that is linear in their length", () => {
    const parser = new SseParser();
    const messages = Array.from({ length: 200_000 }, () => parser.push("data")).flat();
    assert.deepEqual(messages, []);
    assert.equal(parser.push(":\n\n").length, 0);
  });

  it("fail when the connection breaks", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
      pull: (controller) => controller.error(new TypeError("terminated")),
    });
    const messages = readMessages(new Response(body));
    assert.equal((await messages.next()).done, false);
    await assert.rejects(messages.next(), { code: "NETWORK_ERROR", recoverable: true });
  });

  it("fail when nothing has come for 45 s, and release the connection", async () => {
    const clock = TestClock.stopped();
    const released = Promise.withResolvers<void>();
    try {
      const messages = readMessages(new Response(new ReadableStream({ cancel: () => released.resolve() })));
      const reading = messages.next();
      clock.pass(45_000);
      await assert.rejects(reading, { code: "NETWORK_ERROR", recoverable: true });
      await released.promise;
    } finally {
      clock.release();
    }
  });
});
