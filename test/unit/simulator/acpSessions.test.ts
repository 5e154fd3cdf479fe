import assert from "node:assert/strict";
import { fake } from "../../fixtures/simulator/directive.ts";
import { endSimulators } from "../../support/simulator.ts";
import { answerTo, errorOf, optionsOf, RawAcpClient, resultOf, selected } from "./rawAcpClient.ts";

describe("simulator ACP session scenarios", function () {
  afterEach(endSimulators);

  it("auth: session/new wants a login", async () => {
    const client = new RawAcpClient({ FAKE_KIRO_SCENARIO: "auth" });
    const response = await client.request("session/new", { cwd: "/", mcpServers: [] });
    assert.equal(errorOf(response)["code"], -32000);
  });

  it("wants an absolute folder, and MCP servers even if there are none", async () => {
    const client = new RawAcpClient();
    for (const params of [{ cwd: "relative", mcpServers: [] }, { cwd: "/" }]) {
      assert.equal(errorOf(await client.request("session/new", params))["code"], -32602);
    }
  });

  it("load: the history comes before the response, and turns are counted on", async () => {
    const client = new RawAcpClient({ FAKE_KIRO_SCENARIO: "load" });
    const response = await client.request("session/load", { sessionId: "earlier", cwd: "/", mcpServers: [] });
    assert.equal(resultOf(response)["modes"] !== undefined, true);
    assert.deepEqual(
      client.updates().map(({ sessionUpdate }) => sessionUpdate),
      ["user_message_chunk", "agent_message_chunk"],
    );
    assert.ok(client.received().findIndex(({ id }) => id === response["id"]) >= 2);
    await client.response(client.startPrompt("earlier", "hi"));
    assert.ok(client.text().endsWith(answerTo("hi", 2)));
  });

  it("loads a session of its own, and no other", async () => {
    const client = new RawAcpClient();
    const sessionId = await client.newSession();
    await client.response(client.startPrompt(sessionId, "hi"));
    await client.request("session/load", { sessionId, cwd: "/", mcpServers: [] });
    assert.equal(client.text(), answerTo("hi") + answerTo("hi"));
    const failure = errorOf(await client.request("session/load", { sessionId: "other", cwd: "/", mcpServers: [] }));
    assert.match(String(failure["data"]), /^Failed to start session: /u);
  });

  it("load-locked, load-exit, load-hang, new-hang: as they are named", async () => {
    const params = { sessionId: "s", cwd: "/", mcpServers: [] };
    const locked = new RawAcpClient({ FAKE_KIRO_SCENARIO: "load-locked" });
    const failure = errorOf(await locked.request("session/load", params));
    assert.deepEqual(failure, {
      code: -32603,
      message: "Internal error",
      data: "Failed to start session: Session is active in another process (PID 1)",
    });
    const exiting = new RawAcpClient({ FAKE_KIRO_SCENARIO: "load-exit" });
    exiting.start("session/load", params);
    assert.equal((await exiting.simulator.exited()).code, 0);
    const hanging = new RawAcpClient({ FAKE_KIRO_SCENARIO: "load-hang,new-hang" });
    const unanswered = [hanging.start("session/load", params), hanging.start("session/new", params)];
    await hanging.request("initialize", { protocolVersion: 1 });
    assert.ok(!hanging.received().some(({ id }) => unanswered.includes(Number(id))));
  });

  it("bad-version: speaks protocol 2", async () => {
    const client = new RawAcpClient({ FAKE_KIRO_SCENARIO: "bad-version" });
    assert.equal(resultOf(await client.request("initialize", { protocolVersion: 1 }))["protocolVersion"], 2);
  });

  it("v3: other ids, other options, no agentInfo, session info before the response", async () => {
    for (const [env, args] of [
      [{ FAKE_KIRO_SCENARIO: "v3" }, []],
      [{}, ["--v3"]],
    ] as const) {
      const client = new RawAcpClient(env, args);
      assert.equal(resultOf(await client.request("initialize", { protocolVersion: 1 }))["agentInfo"], undefined);
      const sessionId = await client.newSession();
      assert.match(sessionId, /^sess_[0-9a-f]{12}$/u);
      const prompt = client.startPrompt(sessionId, fake("tool"));
      const question = await client.question();
      assert.equal(typeof question["id"], "number");
      assert.deepEqual(optionsOf(question), [
        ["allow_once", "accept"],
        ["allow_always", "always-accept"],
        ["reject_once", "reject"],
        ["reject_always", "always-reject"],
      ]);
      client.answer(question, selected("accept"));
      await client.response(prompt);
      assert.equal(client.updates().at(-1)?.sessionUpdate, "session_info_update");
      assert.equal(client.text(), answerTo(""));
    }
  });

  it("agent missing: says so, and takes the default agent", async () => {
    const client = new RawAcpClient({}, ["--agent", "missing"]);
    await client.newSession();
    await client.simulator.until("the notice", () => client.simulator.stdout().includes("_kiro.dev/agent/not_found"));
  });
});
