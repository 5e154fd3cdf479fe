import assert from "node:assert/strict";
import { ownerProgram } from "../../../../src/core/access/principal.ts";
import { ExecutionLog } from "../../../../src/core/executions/executionLog.ts";
import { IdempotencyKeys } from "../../../../src/core/commands/idempotencyKeys.ts";
import type { Outcome, RunContext } from "../../../../src/core/ports.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { leastHeldBytes } from "../../../support/measures/heldBytes.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("IdempotencyKeys", () => {
  describe("keep a key", () => {
    let executions: ExecutionLog;
    let keys: IdempotencyKeys;
    let now: number;
    let runs: number;

    beforeEach(() => {
      now = 0;
      runs = 0;
      executions = new ExecutionLog({ append: () => undefined }, "window-1");
      keys = new IdempotencyKeys({ executions, history: { get: async () => undefined }, now: () => now });
    });

    /** Runs something that ends at once. */
    const once = (idempotencyKey: string, identity: object = {}, caller = ownerProgram) =>
      keys.once({ idempotencyKey, request: { command: "test" }, identity, caller }, async () => {
        runs++;
        const execution = executions.create({ kind: "command", command: "test", args: [] }, "editor");
        execution.start();
        execution.finish({ kind: "completed" });
        return execution;
      });

    it("for 24 hours", async () => {
      await once("a");
      now = DAY_MS - 1;
      assert.equal((await once("a")).isRepeat, true);
      now = DAY_MS;
      assert.equal((await once("a")).isRepeat, false);
      assert.equal(runs, 2);
    });

    it("until 10,000 others have been added", async () => {
      for (let index = 0; index < 10_000; index++) await once(`key ${index}`);
      assert.equal((await once("key 0")).isRepeat, true);
      assert.equal((await once("one more")).isRepeat, false);
      assert.equal((await once("key 1")).isRepeat, true);
      assert.equal((await once("key 0")).isRepeat, false);
    });

    it("of one principal apart from the same key of another, which it cannot find, evict or contradict", async () => {
      const ci = { ...ownerProgram, principal: new FakePrincipals().add("ci") };
      assert.equal((await once("a")).isRepeat, false);
      assert.equal((await once("a", { other: true }, ci)).isRepeat, false);
      assert.equal((await once("a", { other: true }, ci)).isRepeat, true);
      assert.equal((await once("a")).isRepeat, true);
      for (let index = 0; index < 1000; index++) await once(`key ${index}`, {}, ci);
      assert.equal((await once("a", { other: true }, ci)).isRepeat, false);
      assert.equal((await once("a")).isRepeat, true);
    });

    it("whatever the order of the members of its request", async () => {
      await once("a", { params: [{ x: 1, y: { b: [1, { d: 4, c: 3 }], a: null } }] });
      const same = { params: [{ y: { a: null, b: [1, { c: 3, d: 4 }] }, x: 1 }] };
      assert.equal((await once("a", same)).isRepeat, true);
      for (const other of [{ params: [{ x: 1 }] }, { params: [{ x: 1, y: { b: [{ d: 4, c: 3 }, 1], a: null } }] }]) {
        await assert.rejects(once("a", other), { code: "CONFLICT" });
      }
    });
  });

  describe("after the execution has left memory", () => {
    const keyed = (command: string, args: string[] = []) => ({
      idempotencyKey: "k",
      request: { command, args },
      identity: { command, args },
    });

    it("keep neither its output nor its arguments", async () => {
      const core = makeCore();
      const begun = await core.dispatcher.submitOnce(keyed("echo", ["x".repeat(1000)]));
      await begun.execution.settled;
      const kept = new WeakRef(begun.execution);
      Object.assign(begun, { execution: undefined });
      core.executions.clear();
      await leastHeldBytes();
      assert.equal(kept.deref(), undefined);
    });

    it("answer from the history", async () => {
      const folder = await temporaryFolder();
      const core = makeCore({ journal: { folder } });
      const first = await core.dispatcher.submitOnce(keyed("echo", ["remember me"]));
      await first.execution.settled;
      const before = responseOf(first.execution);
      await core.journal?.flush();
      core.executions.clear();
      const { execution, isRepeat } = await core.dispatcher.submitOnce(keyed("echo", ["remember me"]));
      assert.equal(isRepeat, true);
      assert.deepEqual([execution.isSettled, execution.isKept], [true, true]);
      assert.deepEqual(responseOf(execution), before);
      await core.journal?.dispose();
      await removeFolder(folder);
    });

    it("report its status, and that the output is gone, without a history", async () => {
      const core = makeCore({ editor: new FakeEditor({ fails: () => assert.fail("my secret") }) });
      const first = await core.dispatcher.submitOnce(keyed("fails"));
      await first.execution.settled;
      core.executions.clear();
      const { execution } = await core.dispatcher.submitOnce(keyed("fails"));
      const { error, executionTimeMs, ...rest } = responseOf(execution);
      assert.deepEqual(rest, {
        success: false,
        output: "",
        executionId: first.execution.id,
        status: "failed",
        code: "COMMAND_EXECUTION_FAILED",
        outputTruncated: true,
      });
      assert.ok(executionTimeMs >= 0);
      assert.ok(error !== undefined && !error.includes("secret"));
      assert.equal(execution.failure, undefined);
    });

    it("return an error again where the first answer was one", async () => {
      const never = new Promise<never>(() => undefined);
      const core = makeCore({ editor: new FakeEditor({ hangs: () => never }), defaultTimeoutMs: 5 });
      const first = await core.dispatcher.submitOnce(keyed("hangs"));
      await first.execution.settled;
      core.executions.clear();
      const { failure } = (await core.dispatcher.submitOnce(keyed("hangs"))).execution;
      assert.deepEqual([failure?.code, failure?.executionId], ["OPERATION_TIMEOUT", first.execution.id]);
    });
  });

  describe("are free again", () => {
    const unavailable = (): BridgeError => new BridgeError("KIRO_UNAVAILABLE", "Not logged in.");
    const cases: readonly [string, boolean, (context: RunContext) => Promise<Outcome>][] = [
      ["the CLI cannot be used, before the prompt went out", true, () => Promise.reject(unavailable())],
      ["the prompt went out", false, (context) => Promise.reject((context.began(), unavailable()))],
      ["something was said", false, (context) => Promise.reject((context.output("x", "stderr"), unavailable()))],
      [
        "a tool was at work",
        false,
        (context) => Promise.reject((context.toolCall({ toolCallId: "1", title: "rm" }), unavailable())),
      ],
      [
        "a question was asked",
        false,
        async (context) => {
          await context.ask({ prompt: "?", inputType: "text", safeAnswer: "no" });
          throw unavailable();
        },
      ],
      ["the failure will not pass", false, () => Promise.reject(new BridgeError("CONFIGURATION_ERROR"))],
      ["the bridge does not know what happened", false, () => Promise.reject(new Error("?"))],
      [
        "the CLI said that it failed",
        false,
        async () => ({ kind: "failed", error: "", code: "COMMAND_EXECUTION_FAILED" }),
      ],
    ];
    for (const [what, isFree, turn] of cases) {
      it(`${isFree ? "when" : "not when"} ${what}`, async () => {
        const agent = new FakeAgent();
        let runs = 0;
        agent.turn = (_task, context) => (runs++, turn(context));
        const { dispatcher } = makeCore({ agent, inputTimeoutMs: 1 });
        const request = { command: "kiro.cli.chat", args: ["go"] };
        const once = () => dispatcher.submitOnce({ idempotencyKey: "k", request, identity: request });
        const first = await once();
        await first.execution.settled;
        const second = await once();
        await second.execution.settled;
        assert.deepEqual([second.isRepeat, runs], isFree ? [false, 2] : [true, 1]);
      });
    }

    it("if the deadline passed in the queue, but not if it ran or was cancelled", async () => {
      const never = new Promise<never>(() => undefined);
      const { dispatcher } = makeCore({
        editor: new FakeEditor({ hangs: () => never }),
        lanes: { concurrency: 1, maxQueued: 5 },
      });
      const once = (idempotencyKey: string, timeoutMs: number) =>
        dispatcher.submitOnce({ idempotencyKey, request: { command: "hangs", timeoutMs }, identity: [] });
      const waited = async (key: string) => {
        const { execution } = await once(key, 5);
        await execution.settled;
        return (await once(key, 5)).isRepeat;
      };
      assert.equal(await waited("runs, then is late"), true);
      const busy = await once("runs", 30_000);
      assert.equal(busy.execution.status, "running");
      assert.equal(await waited("is late in line"), false);
      const { execution } = await once("cancelled", 30_000);
      await dispatcher.cancel(execution.id);
      assert.equal((await once("cancelled", 30_000)).isRepeat, true);
      dispatcher.dispose();
    });
  });
});
