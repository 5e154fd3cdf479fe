import assert from "node:assert/strict";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { azureFunctionSchema, createAzureFunction } from "../../../../src/exports/hooks/azureFunction.ts";
import { cloudFunctionSchema, createCloudFunction } from "../../../../src/exports/hooks/cloudFunction.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import { endFactOf } from "../../../support/exports/facts.ts";
import { ScriptedServer, type Script } from "../../../support/exports/scriptedServer.ts";

const { signal } = new AbortController();
const facts = [endFactOf("exec-1")];

describe("A function of Azure", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = async (settings: object, ...script: readonly Script[]) => {
    const server = store.add(await ScriptedServer.start(...script));
    const environment = { FUNCTION_KEY: "k3y-of-variable" };
    const ports = destinationPorts(store, { name: "test", secret: "k3y-of-secret", environment });
    const element = { name: "test", kind: "azure-function", url: `${server.url}/api/hook`, ...settings };
    return { server, ports, destination: store.add(createAzureFunction(azureFunctionSchema.parse(element), ports)) };
  };

  it("gets its key in a header, from the secret or a variable", async () => {
    const { server, destination } = await open({}, { status: 202, body: "" });
    const receipt = await destination.send(facts, signal);
    assert.deepEqual(receipt, {
      outcome: "sent",
      detail: `The function at ${new URL(server.url).host}/api/hook answered 202.`,
    });
    assert.deepEqual([server.at(0).method, server.at(0).url], ["POST", "/api/hook"]);
    assert.equal(server.at(0).headers["x-functions-key"], "k3y-of-secret");
    const other = await open({ auth: { kind: "key", variable: "FUNCTION_KEY" } }, { body: "" });
    await other.destination.send(facts, signal);
    assert.equal(other.server.at(0).headers["x-functions-key"], "k3y-of-variable");
  });

  it("needs a person if its key is wrong, and goes on with a new one at once", async () => {
    const { server, ports, destination } = await open({}, { status: 401, body: "" }, { body: "" });
    await failsWith("blocked", destination.send(facts, signal), /rejects the credentials \(401\).*Set Secret/);
    ports.setSecret("k3y-two");
    await destination.send(facts, signal);
    assert.equal(server.at(1).headers["x-functions-key"], "k3y-two");
  });

  it("gets the trace of the caller in a header, as an event alone", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const traced = [endFactOf("exec-1", 1, { traceparent }), endFactOf("exec-2", 2)] as const;
    const { server, destination } = await open({}, { body: "" }, { body: "" });
    for (const fact of traced) await destination.send([fact], signal);
    const several = await open({ batch: 2 }, { body: "" });
    await several.destination.send(traced, signal);
    const headers = [server.at(0), server.at(1), several.server.at(0)].map((request) => request.headers["traceparent"]);
    assert.deepEqual(headers, [traceparent, undefined, undefined]);
  });

  it("waits for its key after that was removed", async () => {
    const { server, ports, destination } = await open({}, { body: "" }, { body: "" });
    await destination.send(facts, signal);
    ports.setSecret(undefined);
    await failsWith("blocked", destination.send(facts, signal), /^The destination 'test' has no function key\. Set it/);
    assert.equal(server.requests.length, 1);
    ports.setSecret("k3y-two");
    await destination.send(facts, signal);
    assert.equal(server.at(1).headers["x-functions-key"], "k3y-two");
  });

  it("gets a token of Microsoft Entra if it wants one", async () => {
    const tokens = store.add(await ScriptedServer.start({ body: '{"access_token":"to.ke-n","expires_in":3600}' }));
    const auth = { kind: "entra", tenantId: "t", clientId: "c", authority: tokens.url, scope: "api://hook/.default" };
    const { server, destination } = await open({ auth }, { body: "" });
    await destination.send(facts, signal);
    assert.equal(server.at(0).headers["authorization"], "Bearer to.ke-n");
    assert.equal(new URLSearchParams(tokens.at(0).body.toString()).get("scope"), "api://hook/.default");
  });

  it("gets no key if it wants none", async () => {
    const { server, destination } = await open({ auth: { kind: "none" } }, { body: "" });
    await destination.send(facts, signal);
    assert.equal(server.at(0).headers["x-functions-key"], undefined);
  });

  it("has no key in its address, which logs would keep", () => {
    const element = { name: "test", kind: "azure-function", url: "https://app.azurewebsites.net/api/hook?code=abc" };
    assert.ok(!azureFunctionSchema.safeParse(element).success);
  });

  it("is not called with a key that others could read on its way", async () => {
    const { destination } = await open({ url: "http://app.example.com/api/hook" });
    await failsWith("blocked", destination.send(facts, signal), /https/);
  });

  for (const [status, kind] of [
    [404, "blocked"],
    [410, "gone"],
    [413, "refused"],
    [429, "passing"],
    [503, "passing"],
  ] as const) {
    it(`is ${kind} for ${status}`, async () => {
      const { destination } = await open({}, { status, body: "" });
      await failsWith(kind, destination.send(facts, signal), new RegExp(`^The function at .*\\(${status}\\)`));
    });
  }
});

describe("A function of Google Cloud", () => {
  it("has its address as audience, without a query, unless another one is set", () => {
    const base = { name: "test", kind: "cloud-function", url: "https://hook-x.run.app/?a=1" };
    assert.equal(cloudFunctionSchema.parse(base).audience, undefined);
    assert.ok(!cloudFunctionSchema.safeParse({ ...base, mode: "binary", batch: 2 }).success);
    assert.ok(!cloudFunctionSchema.safeParse({ ...base, auth: { kind: "key" } }).success);
  });

  it("is called without a token if anybody may call it", async () => {
    const store = new DisposableStore();
    const server = store.add(await ScriptedServer.start({ body: "" }));
    const element = { name: "test", kind: "cloud-function", url: `${server.url}/hook`, auth: { kind: "none" } };
    const ports = destinationPorts(store);
    await store.add(createCloudFunction(cloudFunctionSchema.parse(element), ports)).send(facts, signal);
    assert.equal(server.at(0).headers["authorization"], undefined);
    await store.dispose();
  });
});
