import assert from "node:assert/strict";
import { accumulateResponse } from "openai/lib/responses/ResponseAccumulator";
import type { Response, ResponseStreamEvent } from "openai/resources/responses/responses";
import { askedResponse, readResponseRequest } from "../../../../../src/gateways/openai/responses/readRequest.ts";
import { ResponseRenderer } from "../../../../../src/gateways/openai/responses/responseRenderer.ts";
import type { Piece } from "../../../../../src/gateways/turns/turn.ts";

export const ID = "0123456789abcdef0123456789abcdef";
export const usage = { inputTokens: 7, outputTokens: 5, credits: 0.25, contextPercent: 12 };
export const end: Piece = { type: "end", stopReason: "end", usage };
export const text = (value: string): Piece => ({ type: "text", text: value });
export const activity = (value: string): Piece => ({ type: "activity", text: value });

export const response = {
  id: ID,
  executionId: "execution",
  agent: "kiro",
  estimated: ["usage"],
  session: "session",
  createdAt: 1_700_000_000_500,
  key: "tag.session.hmac",
  inputTokens: 7,
  accepted: Promise.resolve(),
  ignored: [],
  async *pieces() {},
  arrived() {},
  leave() {},
};

type Update = NonNullable<ConstructorParameters<typeof ResponseRenderer>[0]["onUpdate"]>;

export function rendererOf(body: Record<string, unknown> = {}, onUpdate: Update = () => {}): ResponseRenderer {
  const own = { get: () => undefined, newestOf: () => undefined, findItem: () => undefined };
  const read = readResponseRequest({ model: "kiro", input: "Hello", ...body });
  return new ResponseRenderer({ ...askedResponse(read, own), onUpdate });
}

/** Reads the frames of a stream as the SDK does. */
function eventsIn(stream: string): readonly ResponseStreamEvent[] {
  return stream
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const [name, data, ...rest] = frame.split("\n");
      assert.deepEqual(rest, []);
      const event: ResponseStreamEvent = JSON.parse(data?.replace(/^data: /u, "") ?? "");
      assert.equal(name, `event: ${event.type}`);
      return event;
    });
}

export function streamOf(pieces: readonly Piece[], body?: Record<string, unknown>): readonly ResponseStreamEvent[] {
  const renderer = rendererOf(body);
  return eventsIn([renderer.start(response), ...pieces.map((piece) => renderer.piece(piece))].join(""));
}

/** The types of events, without their common prefix. */
export function typesOf(events: readonly ResponseStreamEvent[]): readonly string[] {
  return events.map(({ type }) => type.replace(/^response\./u, ""));
}

/** Returns what the SDK makes of the events up to the last one. */
export function accumulated(events: readonly ResponseStreamEvent[]): Response {
  let snapshot: Response | undefined;
  for (const event of events) snapshot = accumulateResponse(event, snapshot);
  assert.ok(snapshot !== undefined);
  return snapshot;
}

export function lastOf(events: readonly ResponseStreamEvent[]): Response {
  const last = events.at(-1);
  assert.ok(last !== undefined && "response" in last);
  return last.response;
}
