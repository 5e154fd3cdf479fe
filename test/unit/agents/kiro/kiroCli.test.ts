import assert from "node:assert/strict";
import type { KiroCliSettings } from "../../../../src/agents/kiro/createKiroCli.ts";
import { expectedAnswer } from "../../../fixtures/simulator/answers.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { generousLimits, simulator } from "./acp/simulatedAcp.ts";
import { KiroCliRig, searchFor } from "./kiroCliRig.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";
import { causeOf } from "../../../../src/protocol/unavailable.ts";

const WORDS = 20;

describe("Kiro CLI behind the dispatcher", () => {
  const rigs: KiroCliRig[] = [];
  let clock: TestClock;
  beforeEach(() => {
    clock = new TestClock();
  });
  afterEach(async () => {
    clock.release();
    await Promise.all(rigs.splice(0).map((rig) => rig.dispose()));
  });

  const setUp = (env: Record<string, string> = {}, more: Partial<KiroCliSettings> = {}): KiroCliRig => {
    const rig = new KiroCliRig(env, more);
    rigs.push(rig);
    return rig;
  };

  it("answers a prompt once, and names the agent", async () => {
    const rig = setUp();
    const response = responseOf(await rig.chat("Hello Kiro"));
    assert.equal(response.output, expectedAnswer(1, "Hello Kiro", WORDS));
    assert.deepEqual([response.success, response.status, response.sessionId], [true, "completed", "sess-1"]);
    assert.deepEqual(response.result, {
      stopReason: "end_turn",
      sessionId: "sess-1",
      session: "default",
      transport: "acp",
      isNewConversation: true,
      credits: 0.02,
      contextPercent: 2.5,
      simulated: true,
    });
    const streamed = rig.events.read(0).events.map((event) => (event.type === "command-output" ? event.output : ""));
    assert.equal(streamed.join(""), response.output);
  });

  it("answers three prompts of one session in order, in one conversation", async () => {
    const rig = setUp();
    const executions = await Promise.all(["One", "Two", "Three"].map((prompt) => rig.begin(prompt)));
    await Promise.all(executions.map(({ settled }) => settled));
    const answers = executions.map((execution) => execution.output.text);
    assert.deepEqual(
      answers,
      ["One", "Two", "Three"].map((prompt, index) => expectedAnswer(index + 1, prompt, WORDS)),
    );
    assert.equal(rig.kiro.sessions().length, 1);
  });

  it("treats the command as the prompt with `target: cli` or `kiro`", async () => {
    const rig = setUp();
    for (const [index, target] of ["cli", "kiro"].entries()) {
      const { target: id, output } = await rig.chat("", { command: "Go", args: [], target, session: "mine" });
      const sessionName = rig.kiro.sessions()[0]?.name;
      assert.deepEqual([id, output.text, sessionName], ["cli", expectedAnswer(index + 1, "Go", WORDS), "mine"]);
    }
  });

  it("rejects invalid requests before anything runs", async () => {
    const rig = setUp();
    const nonsense = [
      { command: "kiro.cli.chat" },
      { command: "kiro.cli.chat", args: ["  \n"] },
      { command: "kiro.cli.chat", args: ["one", "two"] },
      { command: "kiro.cli.chat", params: [{ not: "a text" }] },
      { command: "kiro.cli.chat", args: ["x".repeat(400_001)] },
      { command: "kiro.cli.status", args: ["x"] },
      { command: "kiro.cli.unheardOf" },
    ];
    for (const request of nonsense) {
      await assert.rejects(
        rig.dispatcher.submit(request),
        { code: "VALIDATION_FAILED" },
        JSON.stringify(request).slice(0, 80),
      );
    }
    assert.deepEqual(rig.log.records(), []);
  });

  it("accepts an answer to the CLI's question from any client, and denies without one", async () => {
    const rig = setUp();
    const execution = await rig.begin(`May I ${fake("tool")}`);
    await execution.answered;
    const { requiresInput, inputType, choices } = responseOf(execution);
    assert.deepEqual([requiresInput, inputType, choices], [true, "choice", ["Yes", "Always", "No"]]);
    const wrong = { executionId: execution.id, type: "choice" as const, value: "Perhaps" };
    assert.throws(() => rig.dispatcher.answer(wrong), { code: "VALIDATION_FAILED" });
    rig.dispatcher.answer({ ...wrong, value: "Yes" });
    await execution.settled;
    assert.match(execution.output.text, /^Answer 1 to: May I/u);
    const tools = rig.events
      .read(0)
      .events.flatMap((event) => (event.type === "tool-call" ? [event.status ?? ""] : []));
    assert.equal(tools.at(-1), "completed");
  });

  it("passes on the diffs of a tool, with the update that tells of them", async () => {
    const rig = setUp();
    await rig.chat(`Edit ${fake("diff")}`);
    const { events } = rig.events.read(0);
    const [before, after] = ["one\ntwo\nthree\n", "one\n2\nthree\n"];
    const told = events.flatMap((event) => (event.type === "tool-call" && event.diffs) || []);
    const edited = { path: "/work/src/lane.ts", oldText: before, newText: after };
    assert.deepEqual(told, [edited, { path: "/work/src/new.ts", newText: "export {};\n" }]);
  });

  it("reports a failure of the CLI in a 200 response, and keeps the text before a crash", async () => {
    const rig = setUp();
    const failed = responseOf(await rig.chat(fake("error")));
    assert.deepEqual([failed.success, failed.code], [false, "COMMAND_EXECUTION_FAILED"]);
    const crash = await rig.chat(`Break ${fake("crash", { exit: 139 })}`);
    assert.equal(crash.failure, undefined);
    assert.deepEqual([crash.end.code, crash.end.exitCode], ["COMMAND_EXECUTION_FAILED", 139]);
    assert.match(crash.output.text, /^Answer 2 to: Break/u);
    const next = responseOf(await rig.chat("Next"));
    assert.equal(next.output, expectedAnswer(1, "Next", WORDS));
    assert.equal(rig.log.records("turn").filter(({ prompt }) => String(prompt).startsWith("Break")).length, 1);
  });

  it("drops what the CLI retracts", async () => {
    const rig = setUp();
    const prompt = `Once ${fake("discard")}`;
    assert.equal((await rig.chat(prompt)).output.text, expectedAnswer(1, prompt, WORDS));
  });

  it("cancels in the queue, cooperatively or by killing, and reports which", async () => {
    const turnLimits = { ...generousLimits, cancelMs: 150 };
    const rig = setUp({ FAKE_KIRO_CHUNK_MS: "2" }, { turnLimits });
    clock.stop();
    const running = await rig.begin(fake("cancel"));
    const queued = await rig.begin("Later");
    await until(() => running.output.text !== "");
    assert.deepEqual(await rig.dispatcher.cancel(queued.id), { status: "cancelled", how: "dequeued" });
    assert.deepEqual(await rig.dispatcher.cancel(running.id), { status: "cancelled", how: "cooperative" });
    const stubborn = await rig.begin(fake("cancel-ignored"));
    await until(() => stubborn.output.text !== "");
    const killed = rig.dispatcher.cancel(stubborn.id);
    await until(() => rig.log.records("cancel").length === 2, "the cancel that is not obeyed");
    clock.pass(turnLimits.cancelMs);
    assert.deepEqual(await killed, { status: "cancelled", how: "killed" });
    assert.equal((await rig.chat("Next")).output.text, expectedAnswer(1, "Next", WORDS));
  });

  it("cancels what is still starting", async () => {
    const rig = setUp({ FAKE_KIRO_SCENARIO: "new-hang" });
    const execution = await rig.begin("Hello");
    await until(() => rig.log.records("stdin").length >= 2);
    assert.deepEqual(await rig.dispatcher.cancel(execution.id), { status: "cancelled", how: "dequeued" });
    assert.deepEqual(rig.log.survivors(), []);
  });

  it("ends at the caller's deadline with the text so far, and cancels the turn", async () => {
    const rig = setUp({ FAKE_KIRO_CHUNK_MS: "2" });
    await rig.chat("Warm up");
    clock.stop();
    const late = await rig.begin(fake("cancel"), { timeoutMs: 200 });
    await until(() => late.output.text.includes("more-2-1"), "the text so far");
    clock.pass(200);
    await late.settled;
    assert.equal(late.failure?.code, "OPERATION_TIMEOUT");
    assert.match(late.output.text, /more-2-1/u);
    assert.equal(rig.log.records("cancel").at(-1)?.["isInTurn"], true);
  });

  it("has commands to cancel, renew, close and list sessions, and for the status", async () => {
    const rig = setUp({ FAKE_KIRO_CHUNK_MS: "2" });
    const running = await rig.begin(fake("cancel"));
    await until(() => running.output.text !== "");
    assert.deepEqual((await rig.command("cancel")).end.result, { cancelled: true, sessionId: "sess-1" });
    await running.settled;
    assert.equal(running.status, "cancelled");
    assert.deepEqual((await rig.command("cancel", "unknown")).end.result, { cancelled: false });
    assert.equal(JSON.parse((await rig.command("newSession")).output.text).id, "sess-2");
    assert.equal((await rig.chat("Again")).output.text, expectedAnswer(1, "Again", WORDS));
    const status = JSON.parse((await rig.command("status")).output.text);
    assert.deepEqual([status.state, status.transport, status.simulated], ["ready", "acp", true]);
    const byId = responseOf(await rig.chat("Again", { session: "sess-2" }));
    assert.deepEqual([byId.output, byId.sessionId], [expectedAnswer(2, "Again", WORDS), "sess-2"]);
    assert.deepEqual((await rig.command("closeSession", "sess-2")).end.result, {
      closed: true,
      sessionId: "sess-2",
    });
    assert.equal((await rig.command("closeSession", "sess-2")).failure?.code, "NOT_FOUND");
    await until(() => rig.kiro.sessions().length === 0);
    assert.deepEqual((await rig.command("listSessions")).end.result, { sessions: [] });
  });

  it("runs other sessions at the same time, and ends a fresh one with its turn", async () => {
    const rig = setUp({ FAKE_KIRO_CHUNK_MS: "2" });
    const slow = await rig.begin(fake("cancel"));
    const other = await rig.chat("Other", { session: "other" });
    const fresh = await rig.chat("Fresh", { session: "fresh" });
    assert.equal(other.output.text, expectedAnswer(1, "Other", WORDS));
    assert.equal(fresh.output.text, expectedAnswer(1, "Fresh", WORDS));
    assert.equal(slow.isSettled, false);
    await until(() => rig.kiro.cliStatus().sessions === 2);
    assert(!rig.kiro.sessions().some(({ name }) => name === "fresh"));
  });

  it("reports its sessions in the event log, and its state to listeners", async () => {
    const rig = setUp();
    const states: string[] = [];
    rig.kiro.onDidChangeStatus(({ state, sessions }) => void states.push(`${state} ${sessions}`));
    assert.equal(rig.kiro.cliStatus().state, "unknown");
    await rig.chat("Hello");
    assert.equal(states.at(-1), "ready 1");
    const told = rig.events.read(0).events.flatMap((event) => (event.type === "session-changed" ? [event.state] : []));
    assert.deepEqual(told, ["starting", "busy", "idle"]);
  });

  it("starts nothing in an untrusted workspace, and reports the reason", async () => {
    const rig = setUp({}, { isTrusted: () => false });
    await rig.kiro.look();
    const { failure } = await rig.chat("Hello");
    assert.deepEqual([failure?.context?.["reason"], causeOf(failure)], ["not_running", "workspace-untrusted"]);
    assert.match(failure?.message ?? "", /untrusted workspace/u);
    assert.equal(rig.kiro.cliStatus().state, "off");
    assert.deepEqual(rig.log.records(), []);
  });

  it("distinguishes why there is no answer", async () => {
    const missing = setUp({}, { search: searchFor("/no/such/kiro-cli") });
    const { failure, response } = await missing
      .chat("Hello")
      .then((run) => ({ failure: run.failure, response: responseOf(run) }));
    assert.deepEqual(
      [failure?.context?.["reason"], causeOf(failure), response.cause],
      ["not_installed", "cli-missing", "cli-missing"],
    );
    const { state, reason, cause } = missing.kiro.cliStatus();
    assert.deepEqual([state, reason, cause], ["unavailable", "not_installed", "cli-missing"]);
    const loggedOut = simulator({ FAKE_KIRO_LOGGED_OUT: "1" });
    assert.equal(
      causeOf((await setUp({}, { search: searchFor("simulator", loggedOut) }).chat("Hello")).failure),
      "cli-signed-out",
    );
    assert.equal(causeOf((await setUp({ FAKE_KIRO_SCENARIO: "auth" }).chat("Hello")).failure), "cli-signed-out");
    assert.equal(causeOf((await setUp({ FAKE_KIRO_SCENARIO: "crash-start" }).chat("Hello")).failure), "cli-broken");
  });

  it("searches again after it was not found, and reports its version", async () => {
    const search = { ...searchFor("/no/such/kiro-cli") };
    const rig = setUp({}, { search });
    assert.equal(causeOf((await rig.chat("Hello")).failure), "cli-missing");
    Object.assign(search, searchFor("simulator", simulator()));
    assert.deepEqual((await rig.kiro.look()).version, "2.18.1");
    assert.equal(responseOf(await rig.chat("Hello")).success, true);
    assert.equal(rig.kiro.cliStatus().state, "ready");
  });

  it("falls back to one-shot when the CLI does not support ACP, with the same answers and a reason", async () => {
    const rig = setUp({ FAKE_KIRO_SCENARIO: "bad-version" });
    const response = responseOf(await rig.chat("Hello Kiro"));
    assert.match(response.output, /^Answer 1 to: Hello Kiro/u);
    assert.deepEqual([response.success, response.exitCode], [true, 0]);
    assert.equal(rig.kiro.cliStatus().transport, "oneshot");
    assert.match(rig.kiro.cliStatus().detail ?? "", /uses version 2/u);
    const { result } = responseOf(await rig.chat("Hello again"));
    assert.equal(Object(result).isNewConversation, true, "one-shot processes know nothing of each other");
  });

  it("uses the text pipe on request", async () => {
    const rig = setUp({}, { transport: "pipe" });
    const response = responseOf(await rig.chat("Hello Kiro"));
    assert.match(response.output, /^Answer 1 to: Hello Kiro/u);
    assert.equal(rig.kiro.cliStatus().transport, "pipe");
  });

  it("ends everything immediately when it is disposed, also in the middle of a turn", async () => {
    const rig = setUp({ FAKE_KIRO_CHUNK_MS: "2" });
    const executions = await Promise.all(["a", "b"].map((session) => rig.begin(fake("cancel-ignored"), { session })));
    await until(() => executions.every((execution) => execution.output.text !== ""));
    clock.stop();
    rig.dispatcher.dispose();
    const disposed = rig.kiro.dispose();
    // The editor leaves an extension 5 s to end.
    for (let passedMs = 0; passedMs < 4000; passedMs += 250) {
      clock.pass(250);
      await new Promise(setImmediate);
    }
    await disposed;
    await rig.log.assertAllGone();
    assert.deepEqual(
      executions.map(({ status }) => status),
      ["interrupted", "interrupted"],
    );
  });
});
