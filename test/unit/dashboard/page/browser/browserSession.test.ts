import assert from "node:assert/strict";
import { editorUser } from "../../../../../src/core/access/principal.ts";
import { BridgeCalls } from "../../../../../src/dashboard/page/browser/bridgeCalls.ts";
import { BrowserSession, type SessionState } from "../../../../../src/dashboard/page/browser/browserSession.ts";
import { SocketPage } from "../../../../../src/dashboard/page/browser/socketPage.ts";
import { TokenStore } from "../../../../../src/dashboard/page/browser/tokenStore.ts";
import { MemoryTexts } from "../../../../support/dashboard/keptTexts.ts";
import { MemoryAccess } from "../../../../support/memoryAccess.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../../../../support/testBridge.ts";
import { until } from "../../../../support/until.ts";

describe("BrowserSession", () => {
  let bridge: TestBridge;
  let store: TokenStore;
  let session: BrowserSession;
  let reloads: number;
  let states: SessionState["kind"][];

  async function begin(options: TestBridgeOptions = {}): Promise<void> {
    bridge = await startTestBridge({ accessStorage: new MemoryAccess(), ...options });
    store = new TokenStore(new MemoryTexts(), new MemoryTexts());
    reloads = 0;
    states = [];
    const page = new SocketPage({
      store,
      perform: async () => undefined,
      onSilence: () => session.drop("The bridge does not answer."),
    });
    const calls = new BridgeCalls(`${bridge.server.url}/dashboard`);
    session = new BrowserSession({ calls, store, page, reload: () => reloads++, origin: bridge.server.url });
    session.onDidChange(({ kind }) => states.push(kind));
  }
  afterEach(async () => {
    await session.dispose();
    await bridge.dispose();
  });

  const reaches = (kind: SessionState["kind"]): Promise<void> => until(() => session.state.kind === kind, kind);

  async function pair(): Promise<void> {
    const asking = session.ask("operator", false);
    await reaches("waiting");
    const [request] = bridge.core.access.pairings.pending;
    bridge.core.access.pairings.decide(request?.id ?? "", { decision: "allow" }, editorUser);
    await asking;
  }

  it("has no access at first, asks, and begins again with its token", async () => {
    await begin();
    session.start();
    await reaches("unpaired");
    await pair();
    assert.equal(reloads, 1);
    assert.match(store.token ?? "", /^kbt_/);
    assert.equal(store.pairing, undefined);
    session.start();
    await reaches("connected");
    assert.equal(Reflect.get(session.state, "name"), "Dashboard in a browser");
    const [connection] = bridge.core.clients.list().filter(({ kind }) => kind === "websocket");
    assert.equal(connection?.principal?.name, "Dashboard in a browser");
  });

  it("goes on with a request that it has made before, and reports a denial", async () => {
    await begin();
    void session.ask("viewer", false);
    await reaches("waiting");
    const waiting = store.pairing;
    assert.ok(waiting !== undefined);
    session.cancel();
    store.pairing = waiting;
    session.start();
    await reaches("waiting");
    const [request] = bridge.core.access.pairings.pending;
    bridge.core.access.pairings.decide(request?.id ?? "", { decision: "deny" }, editorUser);
    await reaches("unpaired");
    assert.equal(Reflect.get(session.state, "reason"), "The request was denied.");
  });

  it("asks with another name while another tab asks as well, and reports what is in the way of a fourth", async () => {
    await begin();
    const { pairings } = bridge.core.access;
    for (let tab = 1; tab <= 3; tab++) {
      void session.ask("viewer", false);
      await until(() => pairings.pending.length === tab);
    }
    assert.deepEqual(
      pairings.pending.map(({ name }) => name),
      ["Dashboard in a browser", "Dashboard in a browser (2)", "Dashboard in a browser (3)"],
    );
    await session.ask("viewer", false);
    assert.match(String(Reflect.get(session.state, "reason")), /3 programs already wait|already waits/);
  });

  it("says when its access was revoked, and has forgotten it", async () => {
    await begin();
    await pair();
    session.start();
    await reaches("connected");
    store.saveState("what it has shown");
    const { store: clients } = bridge.core.access;
    await clients.revoke(clients.list()[0]?.id ?? "", editorUser);
    await reaches("unpaired");
    assert.match(String(Reflect.get(session.state, "reason")), /was revoked or has expired/);
    assert.equal(store.token, undefined);
    assert.equal(store.state, undefined);
    assert.equal(states.includes("lost"), false, "nothing that it has shown stays");
  });

  it("stays away when the user has disconnected it, until it is told to connect", async () => {
    await begin();
    await pair();
    session.start();
    await reaches("connected");
    const [connection] = bridge.core.clients.list().filter(({ kind }) => kind === "websocket");
    bridge.core.clients.disconnect(connection?.id ?? "");
    await reaches("stopped");
    session.connectIfLost();
    assert.equal(session.state.kind, "stopped");
    session.connect();
    await reaches("connected");
  });

  it("connects again after its connection was dropped", async () => {
    await begin();
    await pair();
    session.start();
    await reaches("connected");
    session.drop("The bridge does not answer.");
    assert.equal(session.state.kind, "lost");
    session.connectIfLost();
    await reaches("connected");
    await until(() => bridge.core.clients.list().filter(({ kind }) => kind === "websocket").length === 1);
  });

  it("tries again while nobody answers", async () => {
    await begin();
    await pair();
    await bridge.dispose();
    session.start();
    await reaches("lost");
    const { retryAt } = session.state.kind === "lost" ? session.state : { retryAt: 0 };
    await until(() => session.state.kind === "lost" && session.state.retryAt !== retryAt, "another attempt");
    assert.ok(store.token !== undefined, "it keeps its access");
  });

  it("ends its access in the bridge when it is to be forgotten", async () => {
    await begin();
    await pair();
    session.start();
    await reaches("connected");
    session.forget();
    assert.equal(store.token, undefined);
    await reaches("unpaired");
    await until(() => bridge.core.access.store.list().length === 0);
  });

  it("needs no access where the bridge requires no token", async () => {
    await begin({ guards: { authMode: "none" } });
    session.start();
    await reaches("connected");
    assert.equal(Reflect.get(session.state, "name"), undefined);
  });
});
