import assert from "node:assert/strict";
import type { Binding } from "../../../../src/windows/address/addressPorts.ts";
import { AddressWorld, PORT } from "./addressWorld.ts";

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

describe("The address of all windows, in trouble", () => {
  let sim: AddressWorld;

  beforeEach(() => {
    sim = new AddressWorld(17);
  });

  describe("whose port another program uses", () => {
    beforeEach(() => void sim.network.occupy(PORT));

    it("is at the next free port for all windows, and says so", async () => {
      sim.network.occupy(PORT + 1);
      const windows = Array.from({ length: 5 }, () => sim.open());
      await sim.until(() => windows.every((window) => window.kind !== "seeking"));
      assert.deepEqual(
        windows.map(({ port }) => port),
        Array(5).fill(PORT + 2),
      );
      const [owner] = sim.owners;
      assert.ok(owner?.address.role.kind === "owner");
      const conflict = { port: PORT, owner: `Another program uses port ${PORT}.`, canReclaim: false };
      assert.deepEqual(owner.address.role.conflict, conflict);
      assert.deepEqual([sim.network.holderOf(PORT), sim.network.holderOf(PORT + 1)], ["stranger", "stranger"]);
    });

    it("is taken over within 2 s at the same port, even if the program does not respond", async () => {
      const silent = { dial: () => Promise.resolve({ kind: "silent" } as const) };
      const owner = await sim.opened();
      const member = await sim.opened();
      sim.crash(owner);
      const other = sim.open({ network: silent });
      assert.ok((await sim.timeUntil(() => sim.owners.length > 0)) < 2000);
      assert.equal(sim.owners[0]?.port, PORT + 1);
      await sim.until(() => [member, other].every(({ kind }) => kind !== "seeking"));
    });

    it("moves there on request only, and keeps its links", async () => {
      const [owner, member] = [await sim.opened(), await sim.opened()];
      assert.equal(await sim.inWindow(owner, () => owner.address.reclaim()), false);
      sim.network.vacate(PORT);
      await sim.until(() => owner.address.canReclaim);
      await sim.pass(20_000);
      assert.equal(owner.port, PORT + 1);
      assert.equal(await sim.inWindow(member, () => member.address.reclaim()), false);
      assert.equal(await sim.inWindow(owner, () => owner.address.reclaim()), true);
      assert.deepEqual([owner.port, owner.address.canReclaim], [PORT, false]);
      await sim.pass(2_000);
      assert.equal(sim.network.holderOf(PORT + 1), owner, "requests to the earlier port are answered for a while");
      await sim.until(() => member.port === PORT);
      await sim.until(() => sim.network.holderOf(PORT + 1) === undefined);
      assert.deepEqual([owner.links.size, member.roles], [1, ["seeking", "member", "member"]]);
    });

    it("does not offer to move if the program has started again", async () => {
      const owner = await sim.opened();
      sim.network.vacate(PORT);
      await sim.until(() => owner.address.canReclaim);
      sim.network.occupy(PORT);
      assert.equal(await sim.inWindow(owner, () => owner.address.reclaim()), false);
      await sim.until(() => !owner.address.canReclaim);
    });

    it("has failed if no other port may be used, until the program ends", async () => {
      const windows = [await sim.opened({ portConflict: "fail" }), await sim.opened({ portConflict: "fail" })];
      for (const { address } of windows) {
        assert.ok(address.role.kind === "failed" && /Free the port/.test(address.role.error.message));
        assert.equal(address.isServing, false);
      }
      assert.equal(sim.network.holderOf(PORT + 1), undefined);
      sim.network.vacate(PORT);
      await sim.until(() => windows.some((window) => window.kind === "owner"));
      await sim.until(() => windows.some((window) => window.kind === "member"));
    });
  });

  describe("whose register", () => {
    it("was removed is joined nevertheless, and registered again", async () => {
      const owner = await sim.opened();
      sim.freeze(owner);
      sim.register.remove();
      const window = sim.open();
      await sim.pass(300);
      sim.thaw(owner);
      await sim.until(() => window.isMemberOf(owner));
      await sim.until(() => sim.register.latest.record?.owner?.windowId === owner.record.id);
      assert.deepEqual(owner.roles, ["seeking", "owner"]);
    });

    it("has no valid record gets one after a challenge", async () => {
      sim.register.damage();
      const window = sim.open();
      assert.ok((await sim.timeUntil(() => window.kind === "owner")) > 800);
      assert.equal(window.port, PORT);
    });

    it("cannot be used leaves each window alone, with the reason, until it can", async () => {
      const register = {
        read: () => Promise.reject(new Error("permission denied")),
        compareAndSet: () => Promise.reject(new Error("permission denied")),
      };
      const [one, other] = [await sim.opened({ register }), await sim.opened({ register })];
      assert.ok(sim.world.now < 2_000);
      for (const { address } of [one, other]) {
        assert.ok(address.role.kind === "alone" && address.role.reason.includes("permission denied"));
        assert.ok(address.isServing);
      }
      assert.deepEqual([one.port, other.port], [PORT, PORT + 1]);
    });

    it("can be used again is shared again", async () => {
      const windows = [sim.open(), sim.open()];
      for (const { process } of windows) sim.register.broken.add(process);
      await sim.until(() => windows.every((window) => window.kind === "alone"));
      sim.register.broken.clear();
      await sim.until(() => windows.some((window) => window.kind === "owner"));
      await sim.until(() => windows.some((window) => window.kind === "member"));
      await sim.pass(5_000);
      assert.equal([PORT, PORT + 1].filter((port) => sim.network.holderOf(port) !== undefined).length, 1);
    });

    it("cannot be written by a new owner leaves it alone", async () => {
      const window = await sim.opened({ register: { compareAndSet: () => Promise.reject(new Error("disk full")) } });
      assert.ok(window.address.role.kind === "alone" && window.address.role.reason.includes("disk full"));
    });

    it("fails under an owner ends its lease, and leaves it alone after some time", async () => {
      const owner = await sim.opened();
      sim.register.broken.add(owner.process);
      await sim.until(() => !owner.address.isServing);
      assert.equal(await sim.inWindow(owner, () => owner.address.confirm()), false);
      await sim.until(() => owner.kind === "alone");
      assert.deepEqual([owner.port, owner.address.isServing], [PORT, true]);
      sim.register.broken.clear();
      await sim.until(() => owner.kind === "owner");
      assert.equal(owner.port, PORT);
    });
  });

  describe("with a bridge of another version", () => {
    const network = { dial: () => Promise.resolve({ kind: "incompatible", detail: "It speaks version 9." } as const) };

    it("leaves the window alone, with the reason", async () => {
      const owner = await sim.opened();
      const window = await sim.opened({ network });
      assert.deepEqual(window.address.role, { kind: "alone", port: PORT + 1, reason: "It speaks version 9." });
      assert.ok(window.address.isServing && owner.address.isServing);
      await sim.pass(20_000);
      assert.deepEqual(window.roles, ["seeking", "alone"]);
    });

    it("is owned by the other window after the end of the owner", async () => {
      const owner = await sim.opened();
      const window = await sim.opened({ network });
      sim.close(owner);
      await sim.until(() => window.kind === "owner");
      assert.equal(window.port, PORT);
      await sim.until(() => sim.network.holderOf(PORT + 1) === undefined);
    });
  });

  describe("with a system that does not respond", () => {
    it("has an owner in spite of a register that hangs, which is alone", async () => {
      const register = { read: never, compareAndSet: never } as never;
      const window = await sim.opened({ register });
      assert.equal(window.kind, "alone");
      sim.close(window);
      await sim.until(() => window.hasStopped);
    });

    it("challenges an owner whose call hangs, and closes a link that comes too late", async () => {
      await sim.opened();
      const late = Promise.withResolvers<never>();
      let ended = "";
      const window = sim.open({ network: { dial: () => late.promise } });
      await sim.until(() => sim.register.latest.record?.challenger !== undefined);
      const link = { end: (reason: string) => (ended = reason) };
      late.resolve({ kind: "joined", link } as never);
      await sim.until(() => ended === "closed");
      assert.equal(window.kind, "seeking");
    });

    it("releases a port that it gets too late", async () => {
      const late = Promise.withResolvers<Binding>();
      const window = sim.open({ network: { bind: () => late.promise } });
      await sim.pass(100);
      sim.close(window);
      await sim.until(() => window.hasStopped);
      let isReleased = false;
      late.resolve({
        port: PORT,
        release: () => {
          isReleased = true;
          return Promise.resolve();
        },
        retire: never,
      });
      await sim.until(() => isReleased);
    });

    it("stops in spite of requests that do not end", async () => {
      const release = never<void>;
      const window = await sim.opened({
        network: { bind: (port) => Promise.resolve({ port, release, retire: release }) },
      });
      sim.close(window);
      assert.ok((await sim.timeUntil(() => window.hasStopped)) <= 5_000);
    });
  });

  describe("that is stopped", () => {
    it("leaves nothing behind, at whatever moment", async () => {
      for (let afterMs = 0; afterMs < 4_000; afterMs += afterMs < 40 ? 0.5 : 37) {
        sim = new AddressWorld(afterMs);
        const [owner, window] = [await sim.opened(), sim.open()];
        await sim.pass(afterMs / 2);
        sim.freeze(owner);
        await sim.pass(afterMs);
        sim.close(window);
        await sim.until(() => window.hasStopped, 5_000);
        await sim.pass(5_000);
        assert.equal(window.kind, "stopped");
        assert.equal(window.roles.at(-1), "stopped");
        for (const port of [PORT, PORT + 1]) assert.notEqual(sim.network.holderOf(port), window);
      }
    });

    it("resolves its start, and does nothing more", async () => {
      const window = sim.open({ register: { read: never } });
      const started = sim.inWindow(window, () => window.address.start());
      sim.close(window);
      assert.deepEqual(await started, { kind: "stopped" });
      const { address } = window;
      const calls = [address.start(), address.confirm(), address.reclaim(), address.stop(), address.dispose()] as const;
      assert.deepEqual(await Promise.all(calls), [{ kind: "stopped" }, false, false, undefined, undefined]);
    });

    it("never starts if it was stopped before", async () => {
      const window = sim.open();
      const stopped = window.address.stop();
      await sim.pass(1_000);
      await stopped;
      assert.deepEqual([window.roles, sim.network.holderOf(PORT)], [["stopped"], undefined]);
    });
  });
});
