import assert from "node:assert/strict";
import { Emitter } from "../../../src/base/events.ts";
import { SharedAddress, type SharedAddressDeps } from "../../../src/bridge/sharedAddress.ts";
import type { PortConflict } from "../../../src/windows/address/addressPorts.ts";
import { TestClock } from "../../support/testClock.ts";

type Role = SharedAddressDeps["address"]["role"];

const conflict = (canReclaim: boolean): PortConflict => ({
  port: 3001,
  owner: "Port 3001 is used by nginx (pid 7).",
  canReclaim,
});

/** The address and the group as the test says. */
class Rig {
  readonly changedRole = new Emitter<void>();
  readonly changedGroup = new Emitter<void>();
  role: Role = { kind: "owner", port: 3001, term: 1 };
  conflict: PortConflict | undefined;
  reclaimed: string[] = [];
  confirmed = 0;
  readonly address: SharedAddress;

  constructor() {
    const role = (): Role => this.role;
    const reported = (): PortConflict | undefined => this.conflict;
    const deps: SharedAddressDeps = {
      address: {
        get role() {
          return role();
        },
        onDidChangeRole: this.changedRole.event,
        isServing: false,
        confirm: async () => {
          this.confirmed++;
          return true;
        },
        reclaim: async () => {
          this.reclaimed.push("here");
          return true;
        },
      },
      group: {
        onDidChange: this.changedGroup.event,
        list: () => [],
        get conflict() {
          return reported();
        },
        accessRequests: 0,
        reclaim: () => void this.reclaimed.push("there"),
      },
    };
    this.address = new SharedAddress(deps, { host: "127.0.0.1", wantedPort: 3001 });
  }

  become(role: Role): void {
    this.role = role;
    this.changedRole.fire();
  }
}

describe("The shared address", () => {
  let rig: Rig;

  beforeEach(() => {
    rig = new Rig();
  });

  afterEach(() => rig.address.dispose());

  it("keeps its URL while the next owner is sought, and follows a move", () => {
    const seen: string[] = [];
    rig.address.onDidChange(() => seen.push(`${rig.address.role} ${rig.address.url}`));
    rig.become({ kind: "member", port: 3001 });
    rig.become({ kind: "seeking" });
    rig.become({ kind: "owner", port: 3002, term: 2 });
    assert.deepEqual(seen, [
      "member http://127.0.0.1:3001",
      "seeking http://127.0.0.1:3001",
      "owner http://127.0.0.1:3002",
    ]);
  });

  it("has the URL of its role when the group reports a change before the role is followed", () => {
    const seen: string[] = [];
    rig.address.onDidChange(() => seen.push(`${rig.address.role} ${rig.address.url}`));
    rig.role = { kind: "owner", port: 3002, term: 2 };
    rig.changedGroup.fire();
    assert.deepEqual(seen, ["owner http://127.0.0.1:3002"]);
  });

  it("says which program has the wanted port until it is free", () => {
    rig.conflict = conflict(false);
    assert.deepEqual([rig.address.note, rig.address.canReclaim], [rig.conflict.owner, false]);
    rig.conflict = conflict(true);
    assert.deepEqual([rig.address.note, rig.address.canReclaim], [undefined, true]);
  });

  it("says why the window is alone, and why it has failed", () => {
    rig.become({ kind: "alone", port: 3002, reason: "The owner has version 0.1.0." });
    assert.equal(rig.address.note, "The owner has version 0.1.0.");
    const error = new Error("Port 3001 is taken.");
    rig.become({ kind: "failed", error });
    assert.deepEqual([rig.address.role, rig.address.error], ["failed", error]);
  });

  it("is reclaimed by its owner", async () => {
    assert.equal(await rig.address.reclaim(), true);
    assert.deepEqual(rig.reclaimed, ["here"]);
  });

  it("is reclaimed from a member, which waits until the owner has moved it", async () => {
    rig.become({ kind: "member", port: 3002 });
    const isMoved = rig.address.reclaim();
    assert.deepEqual(rig.reclaimed, ["there"]);
    rig.become({ kind: "member", port: 3001 });
    assert.equal(await isMoved, true);
  });

  it("is not reclaimed if the owner does not move it within 10 s", async () => {
    const clock = TestClock.stopped();
    try {
      rig.become({ kind: "member", port: 3002 });
      const isMoved = rig.address.reclaim();
      clock.pass(10_000);
      assert.equal(await isMoved, false);
    } finally {
      clock.release();
    }
  });
});
