import assert from "node:assert/strict";
import type { EngineSettings } from "../../../src/agents/engines/engineSettings.ts";
import type { VendorOptions } from "../../../src/agents/models/http/vendor.ts";
import type { ModelWire } from "../../../src/agents/models/wire.ts";
import type { ModelFailure, ModelFailureKind } from "../../../src/core/models/modelFailure.ts";
import { TestClock } from "../testClock.ts";
import { until } from "../until.ts";
import type { ScriptedAnswer } from "./forms/scriptedAnswer.ts";
import { aborted, failureOf, readUntilFailure } from "./failedSteps.ts";
import { slim } from "./slimStream.ts";
import { ModelServer, never, type ModelReply } from "./modelServer.ts";
import { collected, type CollectedStep, NO_ABORT, stepRequest, textOf, wireOptions } from "./wireOptions.ts";

/** A wire over HTTP, and the stream in which its vendor answers. */
export interface WireUnderTest {
  readonly settings: Pick<EngineSettings, "wire">;
  /** The path of the base URL. */
  readonly basePath: string;
  readonly create: (options: VendorOptions) => ModelWire;
  /** Returns the bytes of an answer. */
  readonly streamOf: (answer: ScriptedAnswer) => string;
  /** Returns the bytes of a delta of text, as many of which make a long answer. */
  readonly deltaOf: (text: string) => string;
  /** The bytes of an error in the middle of a stream that says that the vendor has no capacity. */
  readonly overloaded: string;
  /** The bytes of an event that is no JSON. */
  readonly broken: string;
  /** The header with the key. */
  readonly keyOf: (headers: Readonly<Record<string, string | undefined>>) => string | undefined;
}

const ANSWER: ScriptedAnswer = {
  text: ["Grüß ", "Gott"],
  calls: [{ id: "call_1", name: "read", arguments: ['{"p":', '"ä"}'] }],
  usage: { input: 20, output: 7 },
};

/** Checks that a wire keeps to its contract whatever its vendor sends. */
export function describeBadInput(underTest: WireUnderTest): void {
  describe(`${underTest.settings.wire} with bad input`, () => {
    let server: ModelServer;
    beforeEach(async () => (server = await ModelServer.start()));
    afterEach(async () => await server.dispose());
    for (const [title, test] of Object.entries(tests)) it(title, async () => await test(rigOf(underTest, server)));
  });
}

interface WireRig extends WireUnderTest {
  readonly server: ModelServer;
  /** Creates a wire with keys, which are used one after the other. */
  readonly wire: (keys?: readonly string[], headers?: Record<string, string>) => ModelWire;
  /** Asks a new wire for a step. */
  readonly step: (...keys: string[]) => Promise<CollectedStep>;
  /** Asks a new wire for a step, to which the vendor replies so, and returns its failure. */
  readonly failsAs: (kind: ModelFailureKind, reply: ModelReply, ...keys: string[]) => Promise<ModelFailure>;
}

function rigOf(underTest: WireUnderTest, server: ModelServer): WireRig {
  const { settings, basePath, create } = underTest;
  const wire: WireRig["wire"] = (keys = [], headers = {}) =>
    create(wireOptions({ ...settings, baseUrl: server.url + basePath, headers }, ...keys));
  const step: WireRig["step"] = async (...keys) => await collected(wire(keys).stream(stepRequest(), NO_ABORT));
  const failsAs: WireRig["failsAs"] = async (kind, reply, ...keys) => {
    server.reply(reply);
    const failure = await failureOf(step(...keys));
    assert.equal(failure.kind, kind, failure.message);
    assert.doesNotMatch(failure.message, /key-\d|undefined|\[object/);
    return failure;
  };
  return { ...underTest, server, wire, step, failsAs };
}

const tests: Readonly<Record<string, (rig: WireRig) => Promise<void>>> = {
  "reports each cut, wherever it is, and never an answer that is not whole": async ({
    server,
    wire,
    step,
    streamOf,
  }) => {
    const body = Buffer.from(slim(streamOf({ ...ANSWER, text: "Grüß Gott" })));
    server.reply({ body });
    const whole = await step();
    assert.equal(whole.result.parts.length, 2);
    const outcomes = { cut: 0, whole: 0 };
    // A broken connection costs a new one, so most are ended where they would have been broken.
    server.otherwise = ({ headers }) => {
      const cutAt = Number(headers["x-cut-at"]);
      return cutAt % 16 === 0 ? { body, cutAt } : { body: body.subarray(0, cutAt) };
    };
    await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        for (let cutAt = worker; cutAt < body.length; cutAt += 8) {
          const cutting = wire([], { "x-cut-at": String(cutAt) });
          const { events, failure } = await readUntilFailure(cutting);
          const last = events.at(-1);
          assert.ok("Grüß Gott".startsWith(textOf(events)), textOf(events));
          if (failure === undefined && last?.type === "end") {
            const { usage: _, ...rest } = last.result;
            const { usage, ...expected } = whole.result;
            assert.deepEqual(rest, expected, `cut at ${cutAt}`);
            assert.ok(last.result.usage.isEstimated === true || last.result.usage.inputTokens === usage.inputTokens);
            outcomes.whole += 1;
          } else {
            assert.equal(failure?.kind, "cut", `cut at ${cutAt}: ${failure?.message}`);
            outcomes.cut += 1;
          }
        }
      }),
    );
    assert.ok(outcomes.cut > body.length / 2, JSON.stringify(outcomes));
  },

  "takes a stream in pieces of one byte, and with other line ends": async ({ server, step, streamOf }) => {
    const body = Buffer.from(streamOf(ANSWER));
    server.reply({ body: Array.from(body, (byte) => Uint8Array.of(byte)) });
    server.reply({ body: streamOf(ANSWER).replaceAll("\n", "\r\n") });
    server.reply({ body: streamOf(ANSWER) });
    const steps = [await step(), await step(), await step()];
    assert.equal(steps[0]?.text, "Grüß Gott");
    for (const { events } of steps) assert.deepEqual(events, steps[2]?.events);
  },

  "ignores unknown events and comments": async ({ server, step, streamOf }) => {
    const [first = "", ...rest] = streamOf(ANSWER).split(/(?<=\n\n)/);
    const strange = 'event: future.thing\ndata: {"type":"future.thing","delta":{"type":"new"}}\n\n: keep-alive\n\n';
    server.reply(
      { body: [first, strange, ...rest.flatMap((event) => [event, ": x\n\n"])] },
      { body: streamOf(ANSWER) },
    );
    assert.deepEqual((await step()).result, (await step()).result);
  },

  "takes arguments in pieces of one byte": async ({ server, step, streamOf }) => {
    const text = '{"path":"a/ü.txt","n":[1,2]}';
    server.reply({ body: streamOf({ calls: [{ id: "call_1", name: "read", arguments: text.split("") }] }) });
    const { result } = await step();
    assert.deepEqual(result.parts, [{ type: "call", id: "call_1", name: "read", arguments: text }]);
    assert.equal(result.finish, "tool-calls");
  },

  "hands on arguments that are no JSON as they are": async ({ server, step, streamOf }) => {
    server.reply({ body: streamOf({ calls: [{ id: "call_1", name: "read", arguments: '{"path": "a' }] }) });
    const { result } = await step();
    assert.deepEqual(result.parts, [{ type: "call", id: "call_1", name: "read", arguments: '{"path": "a' }]);
  },

  "says how an answer ended": async ({ server, step, streamOf }) => {
    server.reply(
      { body: streamOf({ text: "a", finish: "length" }) },
      { body: streamOf({ text: "b", finish: "refusal" }) },
    );
    server.reply({ body: streamOf({ text: "c" }) });
    assert.equal((await step()).result.finish, "length");
    assert.equal((await step()).result.finish, "refusal");
    assert.equal((await step()).result.finish, "stop");
  },

  "does not take a web page for an answer, nor what is no JSON": async ({ failsAs, broken }) => {
    const page = {
      headers: { "content-type": "text/html; charset=utf-8" },
      body: "<!doctype html><title>Login</title>",
    };
    await failsAs("protocol", page);
    await failsAs("protocol", { ...page, status: 404 });
    await failsAs("protocol", { body: broken });
    await failsAs("cut", { body: "" });
  },

  "says when a vendor wants to be left alone, or has no capacity": async ({ server, failsAs, overloaded }) => {
    const limit = { status: 429, headers: { "retry-after": "7" }, body: '{"error":{"message":"slow down"}}' };
    assert.equal((await failsAs("rate-limited", limit)).options.retryAfterMs, 7000);
    const busy = await failsAs("overloaded", { status: 529, body: '{"error":{"message":"Overloaded"}}' });
    assert.equal(busy.isPassing, true);
    assert.equal(server.requests.length, 2);
    await failsAs("overloaded", { body: overloaded });
  },

  "asks once for another key when one is rejected, also in the middle of a session": async ({
    server,
    wire,
    failsAs,
    streamOf,
    keyOf,
  }) => {
    const rejected = { status: 401, body: '{"error":{"message":"expired"}}' };
    const target = wire(["key-1", "key-2", "key-3"]);
    server.reply({ body: streamOf({ text: "first" }) }, rejected, { body: streamOf({ text: "second" }) });
    assert.equal((await collected(target.stream(stepRequest(), NO_ABORT))).text, "first");
    assert.equal((await collected(target.stream(stepRequest(), NO_ABORT))).text, "second");
    assert.deepEqual(
      server.requests.map(({ headers }) => keyOf(headers)),
      ["key-1", "key-1", "key-2"],
    );
    server.reply(rejected);
    await failsAs("unauthorized", rejected, "key-1", "key-2", "key-3");
    assert.equal(server.requests.length, 5);
    await failsAs("unauthorized", rejected, "key-1");
    assert.equal(server.requests.length, 6);
  },

  "follows no redirect, so that the key goes to nobody else": async ({ failsAs, streamOf }) => {
    const other = await ModelServer.start({ body: streamOf(ANSWER) });
    try {
      for (const status of [301, 302, 303, 307, 308])
        await failsAs("protocol", { status, headers: { location: `${other.url}/v1` } }, "key-1");
      assert.equal(other.requests.length, 0);
    } finally {
      await other.dispose();
    }
  },

  "gives up a vendor that never answers, or falls silent": async ({ server, step, streamOf }) => {
    const clock = TestClock.stopped();
    try {
      server.reply({ headUntil: never }, { body: streamOf(ANSWER), hold: { at: 40 } });
      for (const index of [0, 1]) {
        let failure: ModelFailure | undefined;
        void failureOf(step()).then((found) => (failure = found));
        const { closed } = await server.request(index);
        // Its deadline starts again with each sign of the vendor.
        await until(() => {
          clock.pass(300_000);
          return failure !== undefined;
        }, "the end of a silent step");
        assert.equal(failure?.kind, "silent");
        await aborted(closed);
      }
    } finally {
      clock.release();
    }
  },

  "reads no more than an answer can have": async ({ failsAs, deltaOf }) => {
    const long = "x".repeat(64 * 1024);
    let sent = 0;
    const counting = (piece: string) =>
      (function* () {
        for (; sent < 100; sent += piece.length / 1024 / 1024) yield piece;
      })();
    await failsAs("too-large", { body: counting(deltaOf(long)) });
    assert.ok(sent < 100, "read everything");
    sent = 0;
    await failsAs("too-large", { body: counting(`data: ${long}`.replaceAll("\n", "")) });
    assert.ok(sent < 100, "read everything");
  },

  "obeys its signal before the answer and in its middle, and closes the connection": async ({
    server,
    wire,
    streamOf,
  }) => {
    const reason = new Error("enough");
    const begin = async (reply: ModelReply, onEvent: (leaving: AbortController) => void) => {
      const leaving = new AbortController();
      const index = server.requests.length;
      server.reply(reply);
      const outcome = (async () => {
        for await (const _ of wire().stream(stepRequest(), leaving.signal)) onEvent(leaving);
      })().catch((error: unknown) => error);
      return { leaving, outcome, request: await server.request(index) };
    };
    const early = await begin({ headUntil: never }, () => undefined);
    early.leaving.abort(reason);
    assert.equal(await early.outcome, reason);
    await aborted(early.request.closed);

    const bytes = Buffer.byteLength(streamOf(ANSWER));
    const late = await begin({ body: streamOf(ANSWER), hold: { at: bytes - 20 } }, (leaving) => leaving.abort(reason));
    assert.equal(await late.outcome, reason);
    await aborted(late.request.closed);
    await assert.rejects(collected(wire().stream(stepRequest(), AbortSignal.abort(reason))), reason);
  },

  "closes the connection when its reader leaves": async ({ server, wire, streamOf }) => {
    server.reply({ body: streamOf(ANSWER), hold: { at: Buffer.byteLength(streamOf(ANSWER)) - 20 } });
    for await (const event of wire().stream(stepRequest(), NO_ABORT)) if (event.type === "text") break;
    await aborted(server.at(0).closed);
  },
};
