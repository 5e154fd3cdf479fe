import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/events.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { BridgeSwitch } from "../../../../src/hosting/lifecycle/bridgeSwitch.ts";
import { type FollowingBridge, SettingsFollower } from "../../../../src/hosting/lifecycle/settingsFollower.ts";
import { until } from "../../../support/until.ts";

/** A bridge that notes what it is told; `wanted` are the settings as they are, in two parts. */
class FakeBridge implements FollowingBridge {
  readonly url = "http://127.0.0.1:3001";
  readonly port = 3001;
  readonly note = undefined;
  readonly active = new Set<string>();
  readonly changed = new Emitter<void>();
  readonly executions = { active: this.active, onDidChange: this.changed.event };
  readonly expected: boolean[] = [];
  readonly status = { expectRestart: (isPending: boolean) => void this.expected.push(isPending) };
  readonly #wanted: Wanted;
  readonly #fixed: number;
  access: number;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    this.#fixed = wanted.fixed;
    this.access = wanted.access;
  }

  applySettings(): void {
    this.access = this.#wanted.access;
  }

  isOutdated(): boolean {
    return this.#wanted.fixed !== this.#fixed;
  }

  /** The last of what runs has ended. */
  rest(): void {
    this.active.clear();
    this.changed.fire();
  }

  async dispose(): Promise<void> {}
}

interface Wanted {
  access: number;
  fixed: number;
}

class Rig {
  readonly wanted: Wanted = { access: 1, fixed: 1 };
  readonly changed = new Emitter<void>();
  readonly bridges: FakeBridge[] = [];
  waits = 0;
  /** Runs in the midst of a start. */
  onBuild: () => void = () => undefined;
  readonly toggle = new BridgeSwitch<FakeBridge>(async () => {
    const bridge = new FakeBridge(this.wanted);
    this.bridges.push(bridge);
    this.onBuild();
    return bridge;
  }, silentLogger);
  readonly follower = new SettingsFollower(
    { toggle: this.toggle, onDidChange: this.changed.event, onWaiting: () => this.waits++ },
    1,
  );

  get bridge(): FakeBridge {
    const latest = this.bridges.at(-1);
    assert.ok(latest !== undefined);
    return latest;
  }

  set(wanted: Partial<Wanted>): void {
    Object.assign(this.wanted, wanted);
    this.changed.fire();
  }

  /** Resolves when another bridge is on. */
  nextBridge(): Promise<void> {
    return new Promise((resolve) => {
      const watching = this.toggle.onDidChangeState(({ kind }) => {
        if (kind !== "on") return;
        void watching.dispose();
        resolve();
      });
    });
  }
}

describe("SettingsFollower", () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = new Rig();
    await rig.toggle.start();
  });

  afterEach(async () => {
    await rig.follower.dispose();
    await rig.toggle.dispose();
  });

  it("applies access settings immediately, also while something runs", () => {
    rig.bridge.active.add("one");
    rig.set({ access: 2 });
    assert.equal(rig.bridge.access, 2);
    assert.equal(rig.bridges.length, 1);
  });

  it("restarts for the others when nothing runs", async () => {
    const again = rig.nextBridge();
    rig.set({ fixed: 2 });
    await again;
    assert.equal(rig.bridges.length, 2);
    assert.equal(rig.waits, 0);
  });

  it("waits for running work, reports it once, and restarts when it has ended", async () => {
    const [first] = rig.bridges;
    rig.bridge.active.add("one");
    rig.set({ fixed: 2 });
    await until(() => rig.waits === 1);
    rig.set({ fixed: 3 });
    rig.bridge.changed.fire();
    await until(() => first?.expected.length === 2);
    assert.deepEqual([first?.expected, rig.waits, rig.bridges.length], [[true, true], 1, 1]);
    const again = rig.nextBridge();
    first?.rest();
    await again;
    assert.equal(rig.bridges.length, 2);
  });

  it("does not restart if the settings are reverted in time", async () => {
    rig.bridge.active.add("one");
    rig.set({ fixed: 2 });
    await until(() => rig.waits === 1);
    rig.set({ fixed: 1 });
    await until(() => rig.bridge.expected.at(-1) === false);
    rig.bridge.rest();
    await new Promise(setImmediate);
    assert.deepEqual([rig.bridges.length, rig.toggle.state.kind], [1, "on"]);
  });

  it("drops the restart if the bridge was restarted or stopped otherwise", async () => {
    const [first] = rig.bridges;
    first?.active.add("one");
    rig.set({ fixed: 2 });
    await until(() => rig.waits === 1);
    await rig.toggle.stop();
    first?.rest();
    await new Promise(setImmediate);
    assert.deepEqual([rig.bridges.length, rig.toggle.state.kind], [1, "off"]);
  });

  it("applies changes made while the bridge started", async () => {
    await rig.toggle.stop();
    rig.onBuild = () => {
      rig.onBuild = () => undefined;
      rig.set({ access: 5, fixed: 5 });
    };
    const started = rig.nextBridge();
    await rig.toggle.start();
    await started;
    assert.equal(rig.bridge.access, 5);
    await rig.nextBridge();
    assert.equal(rig.bridge.isOutdated(), false);
  });

  it("starts again with the new settings when the old ones prevented it", async () => {
    await rig.toggle.stop();
    rig.onBuild = () => {
      throw new Error("the port is taken");
    };
    await rig.toggle.start();
    assert.equal(rig.toggle.state.kind, "problem");
    rig.onBuild = () => undefined;
    const on = rig.nextBridge();
    rig.set({ fixed: 2 });
    await on;
  });
});
