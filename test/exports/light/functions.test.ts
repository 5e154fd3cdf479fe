import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { cloudFunctionSchema, createCloudFunction } from "../../../src/exports/hooks/cloudFunction.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { failsWith } from "../../support/exports/failsWith.ts";
import { endFactOf } from "../../support/exports/facts.ts";
import { FunctionPeer } from "../../support/exports/peers/functionPeer.ts";
import { TokenPeer } from "../../support/exports/peers/tokenPeer.ts";
import { serviceAccount } from "../../support/exports/serviceAccount.ts";

const { signal } = new AbortController();
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** The runtime of Google Cloud's functions, behind a check of ID tokens as Cloud Run has it. */
describe("Events for a function of Google Cloud", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = (url: URL, settings: object, secret?: string) => {
    const element = { name: "test", kind: "cloud-function", url: url.href, auth: { kind: "none" }, ...settings };
    const ports = destinationPorts(store, { name: "test", secret });
    return store.add(createCloudFunction(cloudFunctionSchema.parse(element), ports));
  };

  for (const mode of ["structured", "binary"]) {
    it(`are decoded by the functions framework in the ${mode} mode`, async () => {
      const events: unknown[] = [];
      await using peer = await FunctionPeer.startForEvents((event) => void events.push(event));
      const fact = endFactOf("exec-1", 7, { traceparent });
      const receipt = await open(peer.url, { mode }).send([fact], signal);
      assert.deepEqual(receipt, { outcome: "sent", detail: `The function at ${peer.url.host} answered 204.` });
      const [event] = events;
      assert.ok(event !== null && typeof event === "object");
      const { time, ...others } = { time: undefined, ...event };
      assert.equal(new Date(String(time)).getTime(), fact.at);
      assert.deepEqual(others, {
        specversion: "1.0",
        id: fact.id,
        source: "/kiro-bridge/windows/w1",
        type: "kiro_bridge.command_completed",
        subject: "exec-1",
        // In the binary mode it is the type of the body.
        ...(mode === "structured" && { datacontenttype: "application/json" }),
        traceparent,
        data: JSON.parse(JSON.stringify({ event: fact.event, run: fact.run })),
      });
    });
  }

  it("are sent again to a function that throws", async () => {
    await using peer = await FunctionPeer.startForEvents(() => {
      throw new Error("The function fails.");
    });
    await failsWith("passing", open(peer.url, {}).send([endFactOf("exec-1")], signal), /\(500\)/);
  });

  it("may be a list for a function of requests", async () => {
    const bodies: unknown[] = [];
    await using peer = await FunctionPeer.startForRequests((request, response) => {
      bodies.push(JSON.parse(String(request.rawBody)));
      response.status(200).end();
    });
    await open(peer.url, { batch: 10 }).send([endFactOf("exec-1", 1), endFactOf("exec-2", 2)], signal);
    const [list] = bodies;
    assert.ok(Array.isArray(list));
    assert.deepEqual(
      list.map((event: unknown) => (event !== null && typeof event === "object" && "id" in event ? event.id : "")),
      ["w1-e1-1", "w1-e1-2"],
    );
  });

  it("carry an ID token of the service account, for the audience of the function", async () => {
    const account = serviceAccount();
    await using tokens = await TokenPeer.start({ serviceAccountKey: account.publicKey });
    let calls = 0;
    const audience = "https://kiro-hook-x.run.app";
    await using peer = await FunctionPeer.startForEvents(() => void calls++, { keys: tokens.keys, audience });
    const auth = { kind: "secret", tokenUrl: tokens.googleUrl.href };
    await open(peer.url, { auth, audience }, account.secret).send([endFactOf("exec-1")], signal);
    assert.equal(calls, 1);
    await failsWith(
      "blocked",
      open(peer.url, { auth }, account.secret).send([endFactOf("exec-1")], signal),
      /rejects the credentials \(401\)/,
    );
    assert.equal(calls, 1);
  });
});
