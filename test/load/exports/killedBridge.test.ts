import assert from "node:assert/strict";
import * as z from "zod";
import { BridgeProcess } from "../../support/exports/processes/bridgeProcess.ts";
import { ThreePeers } from "../../support/exports/threePeers.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { until } from "../../support/until.ts";

const RUNS = 1000;
/** The numbers of answers after which the bridge is killed, one after the other. The store lists 1,000 objects at once. */
const KILLS = [60, 250, 500];
const ends = ["command-completed", "command-error", "command-cancelled"];

const message = z.object({
  data: z.object({
    events: z.array(
      z.object({ id: z.string(), data: z.object({ event: z.looseObject({ type: z.string() }) }).loose() }).loose(),
    ),
  }),
});

/** The ends of executions that the receiver has got: the IDs of their events, by the ID of the execution. */
function endsAt(peers: ThreePeers): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { body, distrust } of peers.hook.calls) {
    assert.equal(distrust, undefined);
    for (const { id, data } of message.parse(JSON.parse(body)).data.events) {
      const { type, executionId } = data.event;
      if (typeof executionId !== "string" || !ends.includes(type)) continue;
      found.set(executionId, (found.get(executionId) ?? new Set()).add(id));
    }
  }
  return found;
}

async function objectsOf(peers: ThreePeers): Promise<Set<string>> {
  const keys = await peers.objects.keys();
  return new Set(keys.map((key) => /([\w-]+)\.json$/.exec(key)?.[1] ?? key));
}

async function recordsOf(peers: ThreePeers): Promise<Map<string, unknown>> {
  const items = await peers.records.items();
  return new Map(items.map(({ id, status }) => [String(id?.["S"]), status?.["S"]]));
}

describe("A bridge that is killed in a burst of runs", () => {
  let storage: string;

  beforeEach(async () => {
    storage = await temporaryFolder();
  });
  afterEach(() => removeFolder(storage));

  it("has every run at every destination after its restart, and doubles are recognised by their IDs", async () => {
    await using peers = await ThreePeers.start();
    const options = { storage, destinations: peers.destinations(), secrets: peers.secrets };
    const answered: string[] = [];
    for (const count of KILLS) {
      const bridge = await BridgeProcess.start(options);
      let killed: Promise<void> | undefined;
      answered.push(
        ...(await bridge.burst(RUNS, (now) => {
          if (now === count) killed = bridge.kill();
        })),
      );
      await killed;
    }
    assert.ok(answered.length >= KILLS.reduce((sum, count) => sum + count, 0));
    const bridge = await BridgeProcess.start(options);
    try {
      await until(() => allIn(endsAt(peers), answered), "every run at the webhook");
      await until(async () => allIn(await objectsOf(peers), answered), "every run in the archive");
      await until(async () => allIn(await recordsOf(peers), answered), "every run in the records");
      // The others had started without an answer. Each of them has an end everywhere as well.
      await until(async () => {
        const [hook, objects, records] = [endsAt(peers), await objectsOf(peers), await recordsOf(peers)];
        const known = new Set([...hook.keys(), ...objects, ...records.keys()]);
        const isFinal = [...records.values()].every((status) => status === "completed" || status === "interrupted");
        return isFinal && [hook, objects, records].every((place) => allIn(place, known));
      }, "the same runs at all destinations");
      for (const [id, events] of endsAt(peers))
        assert.equal(events.size, 1, `${id} has one end: ${[...events].join()}`);
      const records = await recordsOf(peers);
      for (const id of answered) assert.equal(records.get(id), "completed");
    } finally {
      await bridge.stop();
    }
  }).timeout(300_000);
});

function allIn(place: { has(id: string): boolean }, ids: Iterable<string>): boolean {
  return [...ids].every((id) => place.has(id));
}
