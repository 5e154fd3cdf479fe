import assert from "node:assert/strict";
import { DASHBOARD_PATHS } from "../../../src/server/guards/exempt.ts";
import { Parser } from "@asyncapi/parser";
import * as z from "zod";
import { createAsyncApi } from "../../../src/protocol/asyncapi/createAsyncApi.ts";
import { eventPayloads } from "../../../src/protocol/events.ts";
import { socketMethods, socketScopes } from "../../../src/protocol/socket.ts";
import { ApiSchemas } from "../../support/checks/apiSchemas.ts";
import { messageProblem } from "../../support/checks/seenMessages.ts";
import { EchoTerminal } from "../../support/programs/fakeTerminal.ts";
import { SocketClient } from "../../support/socketClient.ts";
import { startTestBridge } from "../../support/testBridge.ts";
import { Endpoints } from "../../support/checks/endpoints.ts";
import { OpenApiDocument } from "../../support/checks/openApiDocument.ts";

const json = createAsyncApi("1.2.3");
const scope = z.union([z.string(), z.array(z.string())]);
const operation = z.looseObject({ channel: z.object({ $ref: z.string() }), "x-required-scope": scope });
const { channels, operations } = z
  .object({
    channels: z.record(z.string(), z.looseObject({ address: z.string(), messages: z.record(z.string(), z.unknown()) })),
    operations: z.record(z.string(), operation),
  })
  .parse(json);
const exampleMessage = z.looseObject({
  payload: z.unknown(),
  examples: z.array(z.looseObject({ payload: z.unknown() })).optional(),
});
const endpoints = new Endpoints();
const openApi = new OpenApiDocument();

/** Those for programs: the messages of the dashboard's page are no interface. */
const upgrades = endpoints.upgrades.filter(({ path }) => path !== DASHBOARD_PATHS.socket);

describe("The AsyncAPI document", () => {
  it("passes the parser of AsyncAPI, without an error or a warning", async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(json));
    assert.equal(document?.channels().length, Object.keys(channels).length);
    const complaints = diagnostics.filter(({ code }) => code !== "asyncapi-latest-version");
    assert.deepEqual(
      complaints.map(({ message, path }) => `${path.join("/")}: ${message}`),
      [],
    );
  });

  it("has every WebSocket and every event stream of the app", () => {
    const addresses = new Set(Object.values(channels).map(({ address }) => address));
    // The streams of other vendors are described by them.
    const streams = [...openApi.media()].filter(([place]) => /^\w+ \/(?:api|kiro)\/.*text\/event-stream$/.test(place));
    const expected = [...upgrades.map(({ path }) => path), ...streams.map(([place]) => place.split(" ")[1] ?? "")];
    assert.deepEqual([...addresses].toSorted(), [...new Set(expected)].toSorted());
  });

  it("has the scope of each operation", () => {
    for (const [method, required] of Object.entries(socketScopes))
      assert.deepEqual(operations[method]?.["x-required-scope"], required, method);
    const all = [...endpoints.routes, ...upgrades];
    for (const [name, { channel, "x-required-scope": required }] of Object.entries(operations)) {
      const address = channels[channel.$ref.replace("#/channels/", "")]?.address;
      if (address === "/ws" || address === "/bus") continue;
      const scopes = all.filter(({ path }) => path === address).map((endpoint) => endpoint.scope);
      assert.ok(
        scopes.includes(z.enum(["events:read:own", "agents:prompt", "terminal:open", "bus:subscribe"]).parse(required)),
        name,
      );
    }
  });

  it("shows examples that fit their schemas", () => {
    const schemas = new ApiSchemas("asyncapi.json");
    let count = 0;
    for (const [channel, { messages }] of Object.entries(channels)) {
      for (const [name, message] of Object.entries(messages)) {
        for (const { payload: example } of exampleMessage.parse(message).examples ?? []) {
          count++;
          const { payload } = exampleMessage.parse(message);
          assert.equal(schemas.mismatch(payload, example), undefined, `${channel} ${name}`);
        }
      }
    }
    assert.ok(count > 10);
  });

  it("describes the frames of a terminal, raw and as JSON", async () => {
    const bridge = await startTestBridge({ terminals: { open: async () => new EchoTerminal() } });
    try {
      const json = new SocketClient(bridge.port, { path: "/terminal", protocols: ["kiro-terminal.json"] });
      await json.waitForType("branch");
      json.webSocket.send(JSON.stringify({ type: "input", data: "hello" }));
      await json.waitForType("output");
      json.webSocket.send(JSON.stringify({ type: "input", data: "/quit" }));
      await json.waitForType("exit");
      for (const message of json.messages) assert.equal(messageProblem("/terminal", message), undefined);
      assert.match(messageProblem("/terminal", { type: "output", data: 1 }) ?? "", /output/);
      assert.match(messageProblem("/terminal", { type: "resize" }) ?? "", /no such message/);
    } finally {
      await bridge.dispose();
    }
  });

  it("has a message of each method, each reply and each type of event", () => {
    const methods = Object.keys(socketMethods);
    const expected = [...methods, ...methods.map((name) => `${name}Reply`), "error", ...Object.keys(eventPayloads)];
    assert.deepEqual(Object.keys(channels["socket"]?.messages ?? {}), expected);
  });
});
