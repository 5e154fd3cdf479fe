import assert from "node:assert/strict";
import { PieceQueue } from "../../../../../src/gateways/turns/engines/pieceQueue.ts";
import type { Piece } from "../../../../../src/gateways/turns/turn.ts";
import { settled } from "../../../../support/windows/manualClock.ts";

const text = (number: number): Piece => ({ type: "text", text: String(number) });
const end: Piece = { type: "end", stopReason: "end", usage: { inputTokens: 1, outputTokens: 1 } };

/** Adds pieces as fast as the queue lets it. */
function fill(queue: PieceQueue, most: number) {
  const state = { added: 0 };
  const work = (async () => {
    while (state.added < most) {
      await queue.add(text(state.added));
      state.added++;
    }
    await queue.add(end);
  })();
  return { state, work };
}

describe("The pieces of a model's answer", () => {
  it("come at the pace of their reader, in order", async () => {
    const queue = new PieceQueue();
    const { state, work } = fill(queue, 500);
    await settled();
    assert.ok(state.added < 100, `${state.added} pieces wait`);
    const texts: string[] = [];
    for await (const piece of queue.read(new AbortController().signal)) {
      if (piece.type === "text") texts.push(piece.text);
    }
    await work;
    assert.deepEqual(
      texts,
      Array.from({ length: 500 }, (_, number) => String(number)),
    );
  });

  it("wait for nobody once the reader has gone", async () => {
    const queue = new PieceQueue();
    const { work } = fill(queue, 500);
    await settled();
    queue.close();
    await work;
  });

  it("end with the signal of their reader", async () => {
    const queue = new PieceQueue();
    const abort = new AbortController();
    const reading = queue.read(abort.signal).next();
    abort.abort(new Error("gone"));
    await assert.rejects(reading, /gone/);
  });
});
