import assert from "node:assert/strict";
import type { BridgeEvent } from "../../../../src/client/wireTypes.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { until } from "../../../support/until.ts";
import { argsOf, readUntil, SocketRig, startOf } from "./socketRig.ts";

const ids = (events: readonly BridgeEvent[]) =>
  events.filter(({ type }) => type !== "connection-ready").map(({ eventId }) => eventId);

describe("KiroBridgeSocket, when its connection is lost or its reader is slow,", () => {
  let rig: SocketRig;

  afterEach(() => rig.store.dispose());

  it("resumes over any number of lost connections, with each event once", async () => {
    rig = await SocketRig.start();
    const proxy = await rig.cut();
    const direct = rig.clientOf();
    const socket = await rig.connect({}, rig.clientOf(proxy.url));
    const reading = readUntil(socket.subscribe(), startOf("29"));
    await socket.status();
    for (let index = 0; index < 30; index++) {
      await direct.executeCommand("test.echo", [String(index)]);
      if (index % 10 === 9) proxy.cutAll();
    }
    const read = await reading;
    assert.deepEqual(
      argsOf(read),
      Array.from({ length: 30 }, (_, index) => String(index)),
    );
    assert.deepEqual(ids(read), [...new Set(ids(read))]);
    assert.ok(read.filter(({ type }) => type === "connection-ready").length > 1);
  });

  it("resumes after a restart of the bridge", async () => {
    rig = await SocketRig.start({ windowId: "first-run" });
    const socket = await rig.connect();
    const reading = readUntil(socket.subscribe(), startOf("after"));
    await socket.execute({ command: "test.echo", args: ["before"] });
    await rig.restart({ windowId: "second-run" });
    await socket.execute({ command: "test.echo", args: ["after"] });
    assert.deepEqual(argsOf(await reading), ["before", "after"]);
  });

  it("runs a command once whose connection is lost while it runs", async () => {
    let runs = 0;
    const running = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    rig = await SocketRig.start({
      commands: {
        "test.slow": async () => {
          runs++;
          running.resolve();
          await finish.promise;
          return "done";
        },
      },
    });
    const proxy = await rig.cut();
    const socket = await rig.connect({}, rig.clientOf(proxy.url));
    const answer = socket.execute({ command: "test.slow" });
    await running.promise;
    proxy.cutAll();
    await socket.status();
    finish.resolve();
    assert.deepEqual([(await answer).output, runs], ["done", 1]);
  });

  it("has the bridge wait for a reader that is slow, and loses nothing that the bridge keeps", async () => {
    rig = await SocketRig.start();
    const { events: log } = rig.bridge.core;
    const socket = await rig.connect();
    const events = await socket.subscribe().ready();
    const total = 5000;
    for (let n = 0; n < total; n++) log.append({ type: "status-changed", status: "ready", currentCommand: String(n) });
    // The reader has not begun: by this reply, the bridge has paused the subscription.
    await socket.status();
    const read = await readUntil(events, (event) => event.type === "status-changed" && event.currentCommand === "4999");
    const numbers = read.flatMap((event) => (event.type === "status-changed" ? Number(event.currentCommand) : []));
    assert.deepEqual(
      numbers,
      Array.from({ length: total }, (_, n) => n),
    );
  });

  it("reports what the bridge has evicted before a slow reader has read on", async () => {
    rig = await SocketRig.start();
    const { events: log } = rig.bridge.core;
    const socket = await rig.connect();
    const events = await socket.subscribe().ready();
    const append = (count: number): void => {
      for (let n = 0; n < count; n++) log.append({ type: "status-changed", status: "ready" });
    };
    append(2000);
    await socket.status();
    append(12_000);
    log.append({ type: "status-changed", status: "busy" });
    const read = await readUntil(events, (event) => event.type === "status-changed" && event.status === "busy");
    assert.ok(read.some(({ type }) => type === "events-lost"));
    assert.deepEqual(
      ids(read),
      ids(read).toSorted((a, b) => a - b),
    );
  });

  it("connects with a ticket in place of the token, and with one for each connection", async () => {
    rig = await SocketRig.start();
    const proxy = await rig.cut();
    const owner = rig.clientOf();
    const newTicket = async (): Promise<string> => (await owner.createTicket()).ticket;
    const once = await rig.connect({ ticket: await newTicket() }, rig.clientOf(proxy.url, undefined));
    assert.equal((await once.status()).status, "ready");
    let tickets = 0;
    const ticket = (): Promise<string> => {
      tickets++;
      return newTicket();
    };
    const socket = await rig.connect({ ticket }, rig.clientOf(proxy.url, undefined));
    proxy.cutAll();
    await until(() => tickets > 1, "another ticket");
    assert.equal((await socket.status()).status, "ready");
  });

  it("ends with the error when the access is revoked", async () => {
    const principals = new FakePrincipals();
    const guest = principals.add("guest", { role: "operator" });
    rig = await SocketRig.start({ principals });
    const socket = await rig.connect({}, rig.clientOf(undefined, guest.token));
    const events = await socket.subscribe().ready();
    assert.equal((await events.next()).value?.type, "connection-ready");
    principals.end(guest);
    await assert.rejects(events.next(), { code: "AUTHENTICATION_FAILED" });
    await assert.rejects(socket.status(), { code: "AUTHENTICATION_FAILED" });
  });
});
