import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../../../src/base/clock.ts";
import { Emitter } from "../../../../../src/base/events.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { BusPlace, BusPlaces } from "../../../../../src/plugins/hub/busPlace.ts";
import { composePlugins, type Plugins } from "../../../../../src/plugins/pluginsLibrary.ts";
import { PluginState } from "../../../../../src/plugins/state/pluginState.ts";
import { FakeDirectory } from "../../../../support/plugins/fakeDirectory.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { until } from "../../../../support/until.ts";

const here: BusPlace = { kind: "here", log: "log", confirm: () => Promise.resolve(true) };

/** The address, which a test moves. */
class Places implements BusPlaces {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  place: BusPlace = here;

  move(place: BusPlace): void {
    this.place = place;
    this.#changed.fire();
  }
}

describe("The shared state on the bus of a bridge", () => {
  let folder: string;
  const ends: (() => PromiseLike<void>)[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
    await removeFolder(folder);
  });

  function compose(places: BusPlaces = new Places()): Plugins {
    const plugins = composePlugins({
      windowId: "window-1",
      places,
      nats: undefined,
      busFolder: join(folder, "bus"),
      callMetrics: { ended: () => undefined },
      clock: systemClock,
      logger: silentLogger,
    });
    ends.push(() => plugins.dispose());
    return plugins;
  }

  function start(plugins: Plugins, name: string): PluginState {
    const state = new PluginState({ participant: plugins.bus.attach(name) });
    ends.push(() => state.dispose());
    return state;
  }

  it("outlives the bridge", async () => {
    const first = compose();
    const before = start(first, "shop");
    before.addToSet("open", { order: 1 });
    await before.exportState("endpoints", ["/a"]);
    await before.flush();
    await first.dispose();
    const second = compose();
    const after = start(second, "shop");
    await after.ready();
    assert.deepEqual(after.getSet("open"), [{ order: 1 }]);
    assert.deepEqual(await start(second, "jira").importState("shop", "endpoints"), ["/a"]);
  });

  it("shares no more than the manifests list after a restart, before any window has announced its plugins", async () => {
    const first = compose();
    const directory = new FakeDirectory();
    first.own.follow(directory);
    directory.add("shop", { stateManagement: { sharing: { exports: ["endpoints"] } } });
    directory.add("reader", { stateManagement: { sharing: { imports: ["shop/other"] } } });
    await start(first, "shop").exportState("endpoints", ["/a"]);
    for (const name of ["shop", "reader"])
      await until(() => existsSync(join(folder, "bus", "state", `${name}.sharing.json`)));
    await first.dispose();
    const second = compose();
    await assert.rejects(start(second, "reader").importState("shop", "endpoints"), { code: "ACCESS_DENIED" });
    await assert.rejects(start(second, "shop").exportState("secrets", 1), { code: "ACCESS_DENIED" });
    assert.deepEqual(await start(second, "program").importState("shop", "endpoints"), ["/a"]);
  });

  it("has what was written while no window had the address", async () => {
    const places = new Places();
    const plugins = compose(places);
    const state = start(plugins, "shop");
    state.incrementCounter("orders");
    await state.flush();
    places.move({ kind: "nobody" });
    state.incrementCounter("orders");
    places.move(here);
    const file = join(folder, "bus", "state", "shop.json");
    await until(async () => /"orders":\{"1":\[2,2\]\}/.test(await readFile(file, "utf8")));
  });

  it("is saved when this window loses the address", async () => {
    const places = new Places();
    const plugins = compose(places);
    const state = start(plugins, "shop");
    await state.ready();
    state.setRegister("config", "kept");
    await until(() => plugins.bus.here?.states.views().some(({ registers }) => registers === 1) === true);
    places.move({ kind: "nobody" });
    await until(async () => (await readFile(join(folder, "bus", "state", "shop.json"), "utf8")).includes("kept"));
  });
});
