import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { silentLogger } from "../../../../src/base/logger.ts";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { DashboardChannel } from "../../../../src/dashboard/channel/dashboardChannel.ts";
import type { AccessResults, AccessView } from "../../../../src/dashboard/contract/access.ts";
import { dashboardPushSchema } from "../../../../src/dashboard/contract/dashboard.ts";
import { socketReplySchema } from "../../../../src/protocol/socket.ts";
import { admitAs } from "../../../../src/server/guards/principals.ts";
import { FakeBridge, FakeEditorActions } from "../../../support/dashboard/fakeBridge.ts";
import { eventually } from "../../../support/editor/deadline.ts";

const DEADLINE_MS = 60_000;
const ASK = { name: "release-bot", scopes: ["status:read"], program: "bot/1", reason: "Tests" } as const;

describe("The dashboard's methods for access", () => {
  let bridge: FakeBridge;
  let editorActions: FakeEditorActions;
  let posted: unknown[];
  let channel: DashboardChannel;

  beforeEach(() => {
    bridge = new FakeBridge();
    editorActions = new FakeEditorActions();
    posted = [];
    channel = new DashboardChannel({
      source: bridge,
      editorActions,
      post: (message) => posted.push(message),
      logger: silentLogger,
    });
  });
  afterEach(() => channel.dispose());

  async function ask(method: string, params?: unknown): Promise<{ result?: unknown; code?: string | undefined }> {
    await channel.receive({ id: 1, method, params });
    const replies = posted.map((message) => socketReplySchema.safeParse(message)).filter(({ success }) => success);
    const { result, error } = replies.at(-1)?.data ?? {};
    return { result, code: error?.code };
  }

  const request = () => bridge.core.access.pairings.ask({ ...ASK, scopes: [...ASK.scopes] });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the channel is ours
  const view = async (): Promise<AccessView> => (await ask("access")).result as AccessView;

  it("list who asks, with the code and without the secret of the request", async () => {
    const { request: asked, secret } = request();
    const { requests, clients } = await view();
    assert.deepEqual(requests, [
      {
        id: asked.id,
        name: "release-bot",
        code: asked.code,
        scopes: ["status:read"],
        program: "bot/1",
        reason: "Tests",
        expiresAt: asked.expiresAt,
      },
    ]);
    assert.deepEqual(clients, []);
    assert.ok(!JSON.stringify(posted).includes(secret));
  });

  it("let a program in for an hour, and say so when it was decided already", async () => {
    const { request: asked, secret } = request();
    const before = Date.now();
    await ask("decidePairing", { requestId: asked.id, decision: "allow-hour" });
    const { state } = bridge.core.access.pairings.poll(secret);
    assert.equal(state.kind, "allowed");
    const { by, expiresAt = 0 } = state.kind === "allowed" ? state.grant : {};
    assert.equal(by, editorUser);
    assert.ok(expiresAt >= before + 3_600_000);
    assert.deepEqual((await view()).requests, []);
    assert.equal((await ask("decidePairing", { requestId: asked.id, decision: "deny" })).code, "CONFLICT");
  });

  it("refuse a program", async () => {
    const { request: asked, secret } = request();
    await ask("decidePairing", { requestId: asked.id, decision: "deny" });
    assert.equal(bridge.core.access.pairings.poll(secret).state.kind, "denied");
  });

  it("create a token that only its reply has", async () => {
    const params = { name: "CI", scopes: ["commands:run"], commands: { allow: ["test.*"] }, hours: 1 };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the channel is ours
    const { token } = (await ask("createToken", params)).result as AccessResults["createToken"];
    assert.equal(bridge.core.access.store.authenticate(token)?.name, "CI");
    posted.length = 0;
    const [client] = (await view()).clients;
    assert.deepEqual(
      [client?.kind, client?.scopes, client?.commands, client?.grantedBy, client?.connections],
      ["service", ["commands:run"], { allow: ["test.*"] }, "Owner", 0],
    );
    // Its last 43 characters; they may contain "_".
    const secret = token.slice(-43);
    const { salt, hash } = /"salt":"(?<salt>[^"]+)".*"hash":"(?<hash>[^"]+)"/.exec(storedText())?.groups ?? {};
    for (const text of [secret, salt, hash])
      assert.ok(text !== undefined && !JSON.stringify(posted).includes(text), "nothing of the token is listed");
  });

  it("count the open connections of each client", async () => {
    const { access, clients } = bridge.core;
    const { client } = await createClient();
    const principal = access.store.find(client.id);
    assert.ok(principal);
    for (const kind of ["websocket", "sse", "http"] as const) {
      const request = new IncomingMessage(new Socket());
      admitAs(request, principal);
      clients.connect(kind, request, () => undefined);
    }
    clients.connect("websocket", new IncomingMessage(new Socket()), () => undefined);
    assert.equal((await view()).clients[0]?.connections, 2);
  });

  it("revoke a client when the user has agreed", async () => {
    const { client, token } = await createClient();
    editorActions.isSure = false;
    assert.deepEqual((await ask("revokeAccess", { clientId: client.id })).result, { isRevoked: false });
    assert.ok(bridge.core.access.store.authenticate(token));
    editorActions.isSure = true;
    assert.deepEqual((await ask("revokeAccess", { clientId: client.id })).result, { isRevoked: true });
    assert.equal(bridge.core.access.store.authenticate(token), undefined);
    assert.equal(editorActions.done.length, 2);
    assert.match(editorActions.done[0] ?? "", /Revoke the access of “CI”\?/);
    assert.equal((await ask("revokeAccess", { clientId: client.id })).code, "NOT_FOUND");
  });

  it("reject names, scopes and patterns that are not valid", async () => {
    const valid = { name: "CI", scopes: ["status:read"] };
    for (const wrong of [
      { name: "" },
      { name: "a\u202eb" },
      { scopes: [] },
      { scopes: ["all"] },
      { hours: 0 },
      { role: "owner" },
    ])
      assert.equal((await ask("createToken", { ...valid, ...wrong })).code, "VALIDATION_FAILED", JSON.stringify(wrong));
    assert.deepEqual(bridge.core.access.store.list(), []);
  });

  it("push requests and clients to a page that has subscribed, as they come and go", async () => {
    await ask("subscribe", {});
    const pushed = (test: (access: AccessView) => boolean): Promise<AccessView> =>
      eventually(
        async () => {
          const pushes = posted.map((message) => dashboardPushSchema.safeParse(message).data);
          return pushes.flatMap((push) => (push?.type === "access" ? [push.access] : [])).find(test);
        },
        { what: "the push", deadlineMs: DEADLINE_MS },
      );
    request();
    await pushed(({ requests }) => requests.length === 1);
    const { client } = await createClient();
    await pushed(({ clients }) => clients.length === 1);
    posted.length = 0;
    await bridge.core.access.store.revoke(client.id, editorUser);
    await pushed(({ clients }) => clients.length === 0);
  });

  it("show the Access page when the page has subscribed", async () => {
    channel.showAccess();
    assert.deepEqual(posted, []);
    await ask("subscribe", {});
    assert.deepEqual(posted[0], { type: "show-access" });
  });

  function createClient() {
    const scopes = ["status:read"] as const;
    return bridge.core.access.store.create({ name: "CI", kind: "service", scopes, by: editorUser });
  }

  function storedText(): string {
    return bridge.accessStorage.text?.replaceAll(/\s+/g, "") ?? "";
  }
});
