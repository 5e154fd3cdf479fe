import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/events.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { MessageBroker } from "../../../../src/plugins/bus/broker/messageBroker.ts";
import { EmbeddedTransport } from "../../../../src/plugins/bus/embedded/embeddedTransport.ts";
import type { BusPlace, BusPlaces } from "../../../../src/plugins/hub/busPlace.ts";
import { WindowBus } from "../../../../src/plugins/hub/windowBus.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { ScriptedBridge } from "../../../support/plugins/scriptedBridge.ts";
import { until } from "../../../support/until.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

describe("The bus of a window", () => {
  let clock: ManualClock;
  let brokers: MessageBroker[];
  let problem: Error | undefined;
  let places: BusPlaces & { move(place: BusPlace): void };
  let bus: WindowBus<MessageBroker>;

  const here = (log = "log-3001"): BusPlace => ({ kind: "here", log, confirm: () => Promise.resolve(true) });
  const nobody: BusPlace = { kind: "nobody" };
  const openBus = async (): Promise<MessageBroker> => {
    if (problem !== undefined) throw problem;
    const broker = new MessageBroker({ transport: new EmbeddedTransport(), clock, logger: silentLogger });
    brokers.push(broker);
    return broker;
  };

  beforeEach(() => {
    clock = new ManualClock();
    brokers = [];
    problem = undefined;
    const changed = new Emitter<void>();
    let place: BusPlace = { kind: "nobody" };
    places = {
      get place() {
        return place;
      },
      onDidChange: changed.event,
      move: (next) => {
        place = next;
        changed.fire();
      },
    };
    bus = new WindowBus({ places, openBus, clock, logger: silentLogger });
  });

  afterEach(() => bus.dispose());

  const codeOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => "done",
      (error: unknown) => (isBridgeError(error) ? error.code : error),
    );
  /** Publishes in the bus of this window, and waits until it was delivered. */
  const publish = async (payload: unknown): Promise<void> => {
    const publisher = bus.attach("publisher");
    await publisher.publish({ topic: "t", payload });
    await publisher.dispose();
  };

  it("lets operations wait until it is known which window has the bus", async () => {
    const participant = bus.attach("a");
    const seen: unknown[] = [];
    participant.subscribe("t", ({ message }) => seen.push(message.payload));
    const published = participant.publish({ topic: "t", payload: 1 });
    assert.equal(await codeOf(bus.whenHere()), "KIRO_UNAVAILABLE");
    places.move(here());
    await published;
    assert.deepEqual(seen, [1]);
    assert.equal(await bus.whenHere(), brokers[0]);
  });

  it("keeps its participants and their subscriptions when the bus comes, goes and comes back", async () => {
    const participant = bus.attach("a");
    const seen: unknown[] = [];
    const subscription = participant.subscribe("t", ({ message }) => seen.push(message.payload));
    places.move(here());
    await publish(1);
    const requested = codeOf(participant.request({ topic: "t", timeout: 60_000 }));
    await until(() => seen.length === 2);
    places.move(nobody);
    assert.equal(await requested, "KIRO_UNAVAILABLE");
    places.move(here());
    await publish(2);
    subscription.unsubscribe();
    await publish(3);
    assert.deepEqual(seen, [1, undefined, 2]);
    assert.equal(brokers.length, 2);
  });

  it("is another one at another address", async () => {
    places.move(here());
    const first = await bus.whenHere();
    places.move(here());
    assert.equal(await bus.whenHere(), first);
    places.move(here("log-3002"));
    assert.notEqual(await bus.whenHere(), first);
  });

  it("is that of the owner while another window has the address", async () => {
    const owner = new ScriptedBridge();
    const participant = bus.attach("a");
    participant.subscribe("t", () => undefined);
    places.move({ kind: "owner", link: owner, open: owner.open });
    owner.ready();
    assert.equal(owner.queries[0]?.get("name"), "a");
    assert.equal(owner.ops("subscribe")[0]?.pattern, "t");
    const published = participant.publish({ topic: "t" });
    owner.push({ id: owner.ops("publish")[0]?.id ?? 0, result: null });
    await published;
    places.move(nobody);
    assert.equal(owner.isClosed, true);
  });

  it("starts again later if it could not be started", async () => {
    problem = new Error("the disk is full");
    const participant = bus.attach("a");
    places.move(here());
    assert.equal(await codeOf(bus.whenHere()), "KIRO_UNAVAILABLE");
    problem = undefined;
    const published = participant.publish({ topic: "t" });
    await clock.pass(5000);
    await published;
    assert.equal(await bus.whenHere(), brokers[0]);
  });

  it("ends what waits when it is disposed", async () => {
    const participant = bus.attach("a");
    const published = codeOf(participant.publish({ topic: "t" }));
    await bus.dispose();
    assert.equal(await published, "KIRO_UNAVAILABLE");
    assert.equal(await codeOf(participant.publish({ topic: "t" })), "KIRO_UNAVAILABLE");
  });
});
