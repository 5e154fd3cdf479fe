import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type LineLimits, LineSplitter } from "../../../../../src/agents/kiro/acp/ndjson.ts";

function split(chunks: readonly Uint8Array[], limits?: LineLimits) {
  const heard = { messages: [] as string[], noise: 0, dropped: 0, endless: 0 };
  const splitter = new LineSplitter(
    {
      message: (line) => void heard.messages.push(line),
      noise: () => void heard.noise++,
      dropped: () => void heard.dropped++,
      endless: () => void heard.endless++,
    },
    limits,
  );
  for (const chunk of chunks) splitter.push(chunk);
  return heard;
}

const bytes = (text: string): Buffer => Buffer.from(text, "utf8");

describe("Lines of ACP", () => {
  it("are the same however the bytes are split", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), fc.array(fc.nat(200), { maxLength: 20 }), (texts, cuts) => {
        const lines = texts.map((value) => JSON.stringify({ value }));
        const whole = bytes(lines.map((line) => `${line}\n`).join(""));
        const places = [0, ...cuts.filter((cut) => cut < whole.length).toSorted((a, b) => a - b), whole.length];
        const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));
        assert.deepEqual(split(chunks).messages, lines);
      }),
    );
  });

  it("never break a character that is split", () => {
    const line = '{"text":"é 日本 🦀 👩‍👩‍👧"}';
    const chunks = [...bytes(`${line}\r\n`)].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(split(chunks).messages, [line]);
  });

  it("are skipped and counted when they are not messages; blank ones are ignored", () => {
    const heard = split([bytes('INFO starting\n\n  \n42\n"text"\nnoise{"jsonrpc":"2.0"}\n  {"a":1}\n')]);
    assert.deepEqual(heard, { messages: ['{"a":1}'], noise: 4, dropped: 0, endless: 0 });
  });

  it("are dropped when too long, without losing the next", () => {
    const limits = { maxLineBytes: 20, maxDrainBytes: 1000 };
    const heard = split([bytes(`{"a":"${"x".repeat(30)}`), bytes('yy"}\n{"b":1}\n')], limits);
    assert.deepEqual(heard, { messages: ['{"b":1}'], noise: 0, dropped: 1, endless: 0 });
  });

  it("are read up to the limit itself", () => {
    const line = '{"a":"1234567890123"}';
    assert.deepEqual(split([bytes(`${line}\n`)], { maxLineBytes: line.length, maxDrainBytes: 100 }).messages, [line]);
  });

  it("end the stream when a line never ends", () => {
    const limits = { maxLineBytes: 10, maxDrainBytes: 100 };
    const heard = split(
      [bytes("{".repeat(60)), bytes("{".repeat(60)), bytes("{".repeat(60)), bytes('\n{"b":1}\n')],
      limits,
    );
    assert.deepEqual(heard, { messages: [], noise: 0, dropped: 1, endless: 1 });
  });
});
