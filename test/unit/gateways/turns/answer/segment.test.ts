import assert from "node:assert/strict";
import { Segment } from "../../../../../src/gateways/turns/answer/segment.ts";
import type { Piece } from "../../../../../src/gateways/turns/turn.ts";

const end: Piece = { type: "end", stopReason: "end", usage: { inputTokens: 0, outputTokens: 0 } };

async function all(segment: Segment, isWhole = false): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of segment.pieces(new AbortController().signal, isWhole)) pieces.push(piece);
  return pieces;
}

describe("Segment", () => {
  it("gives every reader all pieces, also one that comes late", async () => {
    const segment = new Segment();
    const early = all(segment);
    segment.add({ type: "text", text: "a" });
    await Promise.resolve();
    const middle = all(segment);
    segment.add({ type: "activity", text: "b" });
    segment.add(end);
    const text = (pieces: readonly Piece[]): string => pieces.map((piece) => piece.type).join();
    assert.deepEqual([await early, await middle, await all(segment)].map(text), Array(3).fill("text,activity,end"));
  });

  it("joins texts until they are read", async () => {
    const segment = new Segment();
    segment.add({ type: "text", text: "a" });
    segment.add({ type: "text", text: "b" });
    const reader = segment.pieces(new AbortController().signal);
    assert.deepEqual((await reader.next()).value, { type: "text", text: "ab" });
    segment.add({ type: "text", text: "c" });
    assert.deepEqual((await reader.next()).value, { type: "text", text: "c" });
  });

  it("gives long texts in several pieces, also to those who come late", async () => {
    const segment = new Segment();
    const texts = Array.from({ length: 10 }, (_, at) => String(at).repeat(20_000));
    for (const text of texts) segment.add({ type: "text", text });
    const before = segment.pieces(new AbortController().signal);
    assert.deepEqual((await before.next()).value, { type: "text", text: texts.slice(0, 3).join("") });
    segment.add(end);
    const late = await all(segment);
    assert.deepEqual(
      late.map((piece) => (piece.type === "text" ? piece.text.length : piece.type)),
      [60_000, 60_000, 60_000, 20_000, "end"],
    );
    assert.equal(segment.text, texts.join(""));
  });

  it("takes back text up to what was read", async () => {
    const segment = new Segment();
    segment.add({ type: "text", text: "ab" });
    await segment.pieces(new AbortController().signal).next();
    segment.add({ type: "text", text: "cd" });
    assert.equal(segment.retract(3), 2);
    assert.equal(segment.text, "ab");
    assert.equal(segment.length, 2);
  });

  it("lets a reader of the whole response wait, so that nothing is taken before its end", async () => {
    const segment = new Segment();
    const whole = all(segment, true);
    segment.add({ type: "text", text: "ab" });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(segment.retract(2), 2);
    segment.add(end);
    assert.deepEqual(await whole, [end]);
  });

  it("joins all texts at the end, for those who read later", async () => {
    const segment = new Segment();
    const early = all(segment);
    for (const text of ["a", "b"]) {
      segment.add({ type: "text", text });
      await new Promise((resolve) => setImmediate(resolve));
    }
    segment.add({ type: "activity", text: "c" });
    segment.add({ type: "text", text: "d" });
    segment.add(end);
    const texts = (pieces: readonly Piece[]): readonly string[] =>
      pieces.map((piece) => ("text" in piece ? piece.text : "."));
    assert.deepEqual(texts(await early), ["a", "b", "c", "d", "."]);
    assert.deepEqual(texts(await all(segment)), ["ab", "c", "d", "."]);
  });

  it("has the length of its texts and of its calls, by which those who keep it are limited", () => {
    const segment = new Segment();
    segment.add({ type: "text", text: "12" });
    segment.add({ type: "calls", calls: [{ id: "call_1", name: "f", arguments: "12345" }] });
    assert.equal(segment.length, 8);
    segment.add(end);
    segment.shorten();
    assert.equal(segment.length, 0);
  });

  it("adds nothing after the end", async () => {
    const segment = new Segment();
    segment.add(end);
    segment.add({ type: "text", text: "late" });
    assert.deepEqual(await all(segment), [end]);
  });

  it("ends a reader whose signal aborts, with its reason", async () => {
    const segment = new Segment();
    const abort = new AbortController();
    const next = segment.pieces(abort.signal).next();
    abort.abort(new Error("gone"));
    await assert.rejects(next, /gone/);
  });
});
