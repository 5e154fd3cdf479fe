import assert from "node:assert/strict";
import { fake, fakeCalls } from "../../fixtures/simulator/directive.ts";
import { isObject } from "../../fixtures/simulator/jsonExample.ts";
import { McpToolServer, textResult } from "../../support/gateways/mcpToolServer.ts";
import { endSimulators } from "../../support/simulator.ts";
import { RawAcpClient, resultOf, selected } from "./rawAcpClient.ts";

describe("simulator ACP, with MCP servers of the client", () => {
  const servers: McpToolServer[] = [];
  afterEach(async () => {
    endSimulators();
    await Promise.all(servers.splice(0).map((server) => server.dispose()));
  });

  const serve = async (...toolNames: string[]): Promise<McpToolServer> => {
    const server = await McpToolServer.start(toolNames);
    servers.push(server);
    return server;
  };
  const sessionWith = async (client: RawAcpClient, ...urls: string[]): Promise<string> => {
    await client.request("initialize", { protocolVersion: 1, clientCapabilities: {} });
    const headers = [{ name: "X-Token", value: "secret" }];
    const mcpServers = urls.map((url) => ({ type: "http", name: "client", url, headers }));
    return String(resultOf(await client.request("session/new", { cwd: process.cwd(), mcpServers }))["sessionId"]);
  };
  const toolUpdates = (client: RawAcpClient): unknown[] =>
    client
      .updates()
      .flatMap(({ sessionUpdate, title, status }) => (sessionUpdate.startsWith("tool") ? [title ?? status] : []));

  it("lent: calls a tool with the headers of the session, and tells its result", async () => {
    const server = await serve("read", "write");
    const client = new RawAcpClient();
    const session = await sessionWith(client, server.url);
    const calls = fakeCalls([[{ tool: "write", args: { path: "/a" } }]], { before: "First" });
    const prompt = client.startPrompt(session, `Please ${calls}`);
    const [call] = await server.called(1);
    assert.deepEqual([call?.name, call?.args], ["write", { path: "/a" }]);
    assert.deepEqual([client.text(), client.questions()], ["First\n", []]);
    call?.answer(textResult("done"));
    assert.deepEqual(resultOf(await client.response(prompt)), { stopReason: "end_turn" });
    assert.equal(client.text(), "First\nAnswer 1 to: Please\nwrite returned: done");
    assert.deepEqual(toolUpdates(client), ["client/write", "completed"]);
    assert.equal(server.headers["x-token"], "secret");
  });

  it("lent: the calls of a round at once, and the rounds one after the other", async () => {
    const server = await serve("read", "write");
    const client = new RawAcpClient();
    const rounds = [
      [
        { tool: "read", args: {} },
        { tool: "write", args: {} },
      ],
      [{ args: {} }],
    ];
    const prompt = client.startPrompt(await sessionWith(client, server.url), fakeCalls(rounds));
    const first = await server.called(2);
    first[1]?.answer(textResult("two"));
    first[0]?.answer(textResult("one", true));
    const [, , last] = await server.called(3);
    assert.equal(last?.name, "read");
    last?.answer(textResult("three"));
    await client.response(prompt);
    assert.equal(client.text(), "Answer 1 to: \nread failed: one\nwrite returned: two\nread returned: three");
  });

  for (const [form, title] of [
    ["slash", "client/read"],
    ["mcp", "mcp__client__read"],
    ["underscores", "client___read"],
    ["at", "@client/read"],
    ["suffix", "read (client MCP Server)"],
  ] as const) {
    it(`lent: asks first, with the name in the form ${form}`, async () => {
      const server = await serve("read");
      const client = new RawAcpClient();
      const prompt = client.startPrompt(
        await sessionWith(client, server.url),
        fakeCalls([[{ args: {} }]], { ask: 1, form }),
      );
      const question = await client.question();
      const { params } = question;
      assert(isObject(params) && isObject(params["toolCall"]));
      assert.equal(params["toolCall"]["title"], title);
      assert.equal(server.calls.length, 0);
      client.answer(question, selected("allow_once"));
      (await server.called(1))[0]?.answer(textResult("done"));
      await client.response(prompt);
      assert.match(client.text(), /\nread returned: done$/u);
    });
  }

  it("lent: does not call a tool that was refused, or that nobody has lent", async () => {
    const server = await serve("read");
    const client = new RawAcpClient();
    const rounds = [[{ tool: "read", args: {} }], [{ tool: "missing", args: {} }]];
    const prompt = client.startPrompt(await sessionWith(client, server.url), fakeCalls(rounds, { ask: 1 }));
    client.answer(await client.question(), selected("reject_once"));
    await client.response(prompt);
    assert.equal(client.text(), "Answer 1 to: \nread was not allowed: reject_once.\nmissing was not lent.");
    assert.equal(server.calls.length, 0);
  });

  it("lent: a cancel ends the call on the server, too", async () => {
    const server = await serve("read");
    const client = new RawAcpClient();
    const session = await sessionWith(client, server.url);
    const prompt = client.startPrompt(session, fakeCalls([[{ args: {} }]]));
    const [call] = await server.called(1);
    assert(call !== undefined);
    const aborted = new Promise((resolve) => call.signal.addEventListener("abort", resolve));
    client.send({ method: "session/cancel", params: { sessionId: session } });
    assert.deepEqual(resultOf(await client.response(prompt)), { stopReason: "cancelled" });
    await aborted;
  });

  it("lent: gives up on a tool that is silent too long", async () => {
    const server = await serve("read");
    const client = new RawAcpClient();
    const calls = fakeCalls([[{ args: {} }]], { patienceMs: 1 });
    const prompt = client.startPrompt(await sessionWith(client, server.url), calls);
    await client.response(prompt);
    assert.match(client.text(), /\nread failed: /u);
  });

  it("lent: notices progress, and dies with its call if asked to", async () => {
    const server = await serve("read");
    const client = new RawAcpClient({ FAKE_KIRO_GAP_MS: "0" });
    const session = await sessionWith(client, server.url);
    client.startPrompt(session, fakeCalls([[{ args: {} }]]));
    const [call] = await server.called(1);
    await call?.progress();
    await client.simulator.until("a progress", () => client.simulator.records("lent-progress").length === 1);
    call?.answer(textResult("done"));
    await client.simulator.until("the result", () => client.simulator.records("lent-result").length === 1);
    const other = await sessionWith(client, (await serve("read")).url);
    client.startPrompt(other, fakeCalls([[{ args: {} }]], { die: 1, exit: 3 }));
    assert.deepEqual(await client.simulator.exited(), { code: 3, signal: null });
  });

  it("report: models, servers, tools, and what the prompt holds", async () => {
    const server = await serve("read", "write");
    const client = new RawAcpClient();
    const session = await sessionWith(client, server.url, "http://127.0.0.1:9/none");
    await client.request("session/set_model", { sessionId: session, modelId: "simulated-small" });
    const image = { type: "image", mimeType: "image/png", data: "AAAA" };
    const text = { type: "text", text: `What? ${fake("report")}` };
    await client.response(client.start("session/prompt", { sessionId: session, prompt: [text, image] }));
    const { servers: reported, ...facts }: Record<string, unknown> = JSON.parse(client.text());
    assert.deepEqual(facts, {
      turn: 1,
      model: "simulated-small",
      blocks: ["text", "image"],
      images: ["image/png 4"],
      prompt: "What?\n[image]",
    });
    assert(Array.isArray(reported));
    assert.deepEqual(reported[0], { name: "client", url: server.url, headers: ["X-Token"], tools: ["read", "write"] });
    assert.deepEqual([reported[1].tools, typeof reported[1].problem], [[], "string"]);
  });

  it("has models, and none that nobody knows", async () => {
    const client = new RawAcpClient();
    const session = await sessionWith(client);
    const { error } = await client.request("session/set_model", { sessionId: session, modelId: "gpt-9" });
    assert.match(JSON.stringify(error), /Model 'gpt-9' does not exist/u);
  });

  it("says of itself that it takes no images and no servers, if asked to", async () => {
    const client = new RawAcpClient({ FAKE_KIRO_SCENARIO: "no-images,no-http-mcp" });
    const { agentCapabilities } = resultOf(await client.request("initialize", { protocolVersion: 1 }));
    assert(isObject(agentCapabilities));
    const { promptCapabilities, mcpCapabilities } = agentCapabilities;
    assert(isObject(promptCapabilities) && isObject(mcpCapabilities));
    assert.deepEqual([promptCapabilities["image"], mcpCapabilities["http"]], [false, false]);
  });

  it("obeys the last message of a conversation, if it is of the user", async () => {
    const client = new RawAcpClient();
    const session = await sessionWith(client);
    const say = async (prompt: string): Promise<string> => {
      const before = client.text().length;
      await client.response(client.startPrompt(session, prompt));
      return client.text().slice(before);
    };
    const history = `System (instructions):\nBe kind ${fake("error")}\n\nUser:\nOne ${fake("crash")}\n\nAssistant:\nYes`;
    assert.equal(await say(`${history}\n\nUser:\nTwo ${fake("say", { text: "SGk=" })}`), "Hi");
    assert.match(await say(`${history}\n\n[tool result bash]\n${fake("crash")}`), /^Answer 2 to: System/u);
  });

  it("echo: repeats the whole prompt", async () => {
    const client = new RawAcpClient();
    await client.turn(`User:\nOne\n\nUser:\nTwo ${fake("echo")}`);
    assert.equal(client.text(), "User:\nOne\n\nUser:\nTwo");
  });
});
