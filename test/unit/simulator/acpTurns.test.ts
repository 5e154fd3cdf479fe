import assert from "node:assert/strict";
import { fake } from "../../fixtures/simulator/directive.ts";
import { endSimulators, isGroupAlive } from "../../support/simulator.ts";
import { answerTo, errorOf, RawAcpClient, resultOf } from "./rawAcpClient.ts";

describe("simulator ACP turns that do not end well", function () {
  afterEach(endSimulators);

  it("cancel-ignored: goes on talking", async () => {
    const client = new RawAcpClient();
    const sessionId = await client.newSession();
    client.startPrompt(sessionId, fake("cancel-ignored"));
    await client.simulator.until("text", () => client.text().includes("more-1-1"));
    client.send({ method: "session/cancel", params: { sessionId } });
    await client.simulator.until("the cancel", () => client.simulator.records("cancel").length === 1);
    const length = client.text().length;
    await client.simulator.until("more text", () => client.text().length > length + 100);
  });

  it("stall: stops in the middle and ignores a cancel; hang stops too, but obeys", async () => {
    const client = new RawAcpClient();
    const [stalled, hanging] = [await client.newSession(), await client.newSession()];
    const half = (prompt: string): string => answerTo(prompt).slice(0, 24);
    const lost = client.startPrompt(stalled, `a ${fake("stall")}`);
    await client.simulator.until("half", () => client.text(stalled).startsWith(half("a")));
    const found = client.startPrompt(hanging, `b ${fake("hang")}`);
    await client.simulator.until("half", () => client.text(hanging).startsWith(half("b")));
    for (const sessionId of [stalled, hanging]) client.send({ method: "session/cancel", params: { sessionId } });
    assert.deepEqual(resultOf(await client.response(found)), { stopReason: "cancelled" });
    assert.ok(!client.received().some(({ id, method }) => id === lost && method === undefined));
  });

  it("crash: exits 1 in the middle of the chunks", async () => {
    const client = new RawAcpClient();
    client.startPrompt(await client.newSession(), fake("crash"));
    assert.equal((await client.simulator.closed()).code, 1);
    assert.ok(client.text() !== "" && answerTo("").startsWith(client.text()) && client.text() !== answerTo(""));
  });

  it("orphan: exits 0 while a grandchild holds stdout", async () => {
    const client = new RawAcpClient();
    client.startPrompt(await client.newSession(), fake("orphan"));
    assert.equal((await client.simulator.exited()).code, 0);
    assert.ok(isGroupAlive(client.simulator.pid));
  });

  it("error: -32603 with the cause in data", async () => {
    const client = new RawAcpClient();
    const error = errorOf(await client.turn(fake("error")));
    assert.equal(error["code"], -32603);
    assert.equal(error["message"], "Internal error");
    assert.equal(typeof error["data"], "string");
  });

  it("stop: another stop reason than end_turn", async () => {
    assert.deepEqual(resultOf(await new RawAcpClient().turn(fake("normal", { stop: "max_tokens" }))), {
      stopReason: "max_tokens",
    });
  });

  it("refuses a second prompt while a turn runs in the session", async () => {
    const client = new RawAcpClient();
    const sessionId = await client.newSession();
    client.startPrompt(sessionId, fake("hang"));
    assert.equal(errorOf(await client.response(client.startPrompt(sessionId, "too early")))["code"], -32603);
  });
});

describe("simulator ACP process at its end", function () {
  afterEach(endSimulators);

  it("no-eof-exit: stays alive after the end of stdin, until SIGTERM", async () => {
    const client = new RawAcpClient({ FAKE_KIRO_SCENARIO: "no-eof-exit" });
    client.simulator.stdin.end();
    await client.simulator.until("the end of stdin", () => client.simulator.records("eof").length === 1);
    client.simulator.child.kill("SIGTERM");
    assert.equal((await client.simulator.exited()).signal, "SIGTERM");
  });

  it("deaf: ignores SIGTERM too", async () => {
    const client = new RawAcpClient();
    await client.turn(fake("deaf"));
    client.simulator.stdin.end();
    await client.simulator.until("the end of stdin", () => client.simulator.records("eof").length === 1);
    client.simulator.child.kill("SIGTERM");
    await client.simulator.until("the signal to be ignored", () => client.simulator.records("ignored").length === 1);
    client.simulator.child.kill("SIGKILL");
    assert.equal((await client.simulator.exited()).signal, "SIGKILL");
  });

  it("logged-out: no ACP at all", async () => {
    const client = new RawAcpClient({ FAKE_KIRO_LOGGED_OUT: "1" });
    assert.equal((await client.simulator.closed()).code, 1);
    assert.match(client.simulator.stderr(), /You are not logged in/u);
  });
});
