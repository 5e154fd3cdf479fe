import assert from "node:assert/strict";
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { endsAt, ExportingBridges, hookElement, untilDestination } from "../../support/exports/exportingBridge.ts";
import { TestClock } from "../../support/testClock.ts";
import { until } from "../../support/until.ts";

/** Interval in milliseconds in which a window looks at the outboxes. */
const LOOK_MS = 30_000;

describe("A window whose outbox another one has delivered and removed", () => {
  const store = new DisposableStore();
  afterEach(() => store.dispose());

  it("goes on in another one", async () => {
    const bridges = store.add(await ExportingBridges.create());
    const server = await bridges.serve();
    bridges.elements = [hookElement(server)];
    const clock = new TestClock();
    store.defer(() => clock.release());
    const bridge = await bridges.start();
    const folder = join(bridges.storageFolder, "exports", "outbox");
    const own = async (): Promise<string | undefined> =>
      (await readdir(folder)).find((name) => name.startsWith(bridge.core.events.windowId));
    await bridge.execute({ command: "test.echo" });
    await untilDestination(bridge, "the first run", ({ sent }) => sent === 1);

    const before = await own();
    await rename(join(folder, before ?? ""), join(bridges.storageFolder, "delivered"));
    await until(async () => {
      clock.pass(LOOK_MS);
      const now = await own();
      return now !== undefined && now !== before;
    }, "another outbox");
    await untilDestination(bridge, "the destination, which is new", ({ sent }) => sent === 0);
    const { json } = await bridge.execute({ command: "test.echo" });
    await until(() => endsAt(server).length === 2, "the second run");
    assert.equal(endsAt(server)[1], json["executionId"]);
  });
});
