import assert from "node:assert/strict";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";
import { until } from "../../../support/until.ts";

describe("The principal of a request for another window", () => {
  let bridges: LinkedBridges;
  let release: (value: unknown) => void;
  const toMember = { windowId: "member-window" };

  const start = async (principals: FakePrincipals): Promise<void> => {
    const holding = Promise.withResolvers<unknown>();
    release = holding.resolve;
    bridges = await startLinkedBridges({
      owner: { principals },
      member: { limits: { maxRequestsPerMinute: 1 }, commands: { "test.held": () => holding.promise } },
    });
  };

  afterEach(async () => {
    release(undefined);
    await bridges.dispose();
  });

  it("is the author there, with its own scopes and rules", async () => {
    const principals = new FakePrincipals();
    const ci = principals.add("ci", { commands: { deny: ["test.denied"] } });
    const viewer = principals.add("viewer", { role: "viewer" });
    await start(principals);
    const run = (command: string) => bridges.owner.callAs(ci, "/api/kiro/execute", { body: { command, ...toMember } });
    assert.equal((await run("test.echo")).status, 200);
    const [execution] = bridges.member.core.executions.all.values();
    assert.equal(execution?.requestedBy?.principal?.id, "ci");
    const denied = await run("test.denied");
    assert.equal(denied.status, 403);
    assert.deepEqual(denied.json["context"], { rule: { setting: "access", pattern: "test.denied" } });
    const call = { body: { command: "test.echo", ...toMember } };
    assert.equal((await bridges.owner.callAs(viewer, "/api/kiro/execute", call)).status, 403);
  });

  it("may have as many rules as fit into its record", async () => {
    const patterns = Array.from({ length: 100 }, (_, at) => `${at}${"ä".repeat(190)}`);
    const principals = new FakePrincipals();
    const ruled = principals.add("ruled", { commands: { allow: ["test.echo", ...patterns.slice(1)], deny: patterns } });
    await start(principals);
    const call = { body: { command: "test.echo", ...toMember } };
    assert.equal((await bridges.owner.callAs(ruled, "/api/kiro/execute", call)).status, 200);
  });

  it("does not see the executions of others there", async () => {
    const principals = new FakePrincipals();
    const ci = principals.add("ci");
    await start(principals);
    const { json } = await bridges.owner.execute({ command: "test.held", ...toMember }, { Prefer: "respond-async" });
    const path = `/api/kiro/executions/${String(json["executionId"])}`;
    assert.equal((await bridges.owner.call(path)).status, 200);
    assert.equal((await bridges.owner.callAs(ci, path)).status, 404);
    assert.equal((await bridges.owner.callAs(ci, `${path}/events`)).status, 404);
    assert.equal((await bridges.owner.callAs(ci, `${path}/cancel`, { method: "POST" })).status, 404);
  });

  it("does not receive the response if its access has ended in the meantime", async () => {
    const principals = new FakePrincipals();
    const ci = principals.add("ci");
    await start(principals);
    const answering = bridges.owner.callAs(ci, "/api/kiro/execute", { body: { command: "test.held", ...toMember } });
    await until(() => bridges.member.core.executions.active.size === 1);
    principals.end(ci);
    release("secret");
    const { status, text } = await answering;
    assert.equal(status, 401);
    assert.doesNotMatch(text, /secret/);
  });

  it("is counted against its limit of requests by the owner of the address only", async () => {
    await start(new FakePrincipals());
    for (let count = 0; count < 3; count++)
      assert.equal((await bridges.owner.execute({ command: "test.echo", ...toMember })).status, 200);
    assert.equal((await bridges.member.call("/api/kiro/status")).status, 200);
    assert.equal((await bridges.member.call("/api/kiro/status")).status, 429);
  });

  it("is not believed to be another one because of a header", async () => {
    const principals = new FakePrincipals();
    const viewer = principals.add("viewer", { role: "viewer" });
    await start(principals);
    const caller = JSON.stringify({ id: "owner", name: "Owner", kind: "owner", scopes: [], limits: {}, via: "editor" });
    const headers = { "x-kiro-bridge-caller": caller };
    const { owner } = bridges;
    const strange = await owner.call("/api/kiro/status", { headers: { ...headers, Authorization: "Bearer wrong" } });
    assert.equal(strange.status, 401);
    const asViewer = await owner.callAs(viewer, "/api/kiro/access/me", { headers });
    assert.equal(asViewer.json["id"], "viewer");
    const body = { command: "test.echo", ...toMember };
    assert.equal((await owner.callAs(viewer, "/api/kiro/execute", { body, headers })).status, 403);
    await owner.execute(body, headers);
    const [execution] = bridges.member.core.executions.all.values();
    assert.equal(execution?.requestedBy?.origin, "program");
  });

  it("has no token, cookie or ticket that leaves the owner of the address", async () => {
    await start(new FakePrincipals());
    const { owner, link } = bridges;
    const headers = { Cookie: "session=cookie-of-a-browser", "Proxy-Authorization": "Basic abc" };
    const { json } = await owner.execute(
      { command: "test.held", ...toMember },
      { ...headers, Prefer: "respond-async" },
    );
    const path = `/api/kiro/executions/${String(json["executionId"])}/events`;
    const issued = await owner.call("/api/kiro/tickets", { method: "POST" });
    const ticket = String(issued.json["ticket"]);
    const following = owner.call(`${path}?a=1&ticket=${ticket}&b=2`, { headers: { Authorization: [] } });
    await until(() => link.sent.includes(`GET ${path}?a=1&b=2 `));
    release(undefined);
    assert.equal((await following).status, 200);
    const protocols = ["kiro-bridge", `bearer.${TEST_TOKEN}`];
    const terminal = new SocketClient(owner.port, { path: "/terminal?windowId=member-window", headers: {}, protocols });
    await terminal.closed;
    assert.match(link.sent, /sec-websocket-protocol: kiro-bridge\r\n/);
    for (const secret of [TEST_TOKEN, "cookie-of-a-browser", "Basic abc", ticket])
      assert.ok(!link.sent.includes(secret));
  });
});
