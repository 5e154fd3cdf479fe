import assert from "node:assert/strict";
import type { RegisteredAddress } from "../../../../src/windows/address/addressPorts.ts";
import { type AddressWindow, AddressWorld, PORT } from "./addressWorld.ts";

describe("The address of all windows", () => {
  let sim: AddressWorld;

  beforeEach(() => {
    sim = new AddressWorld(17);
  });

  describe("at the start", () => {
    it("is owned by the first window, at the configured port", async () => {
      const window = await sim.opened();
      assert.deepEqual(window.address.role, { kind: "owner", port: PORT, term: 1 });
      assert.ok(window.address.isServing);
      assert.equal(sim.network.holderOf(PORT), window);
    });

    it("is joined by later windows", async () => {
      const owner = await sim.opened();
      const member = await sim.opened();
      assert.ok(member.isMemberOf(owner) && member.port === PORT);
      assert.equal(member.address.isServing, false);
      assert.equal(await sim.inWindow(member, () => member.address.confirm()), false);
    });

    for (let seed = 1; seed <= 20; seed++) {
      it(`has one owner of ten windows that start in the same millisecond (${seed})`, async () => {
        sim = new AddressWorld(seed);
        const windows = Array.from({ length: 10 }, () => sim.open());
        await sim.until(() => windows.every((window) => window.kind !== "seeking"), 5_000);
        const [owner, ...others] = sim.owners;
        assert.ok(owner !== undefined && others.length === 0);
        for (const window of windows) assert.ok(window === owner || window.isMemberOf(owner));
        for (let port = PORT + 1; port < PORT + 10; port++) assert.equal(sim.network.holderOf(port), undefined);
      });
    }

    it("has a port of its own, shared with nobody, for port 0", async () => {
      const [one, other] = [await sim.opened({ port: 0 }), await sim.opened({ port: 0, network: fixedPort(4002) })];
      assert.deepEqual([one.kind, other.kind, other.port], ["owner", "owner", 4002]);
      assert.ok(one.address.isServing && (await sim.inWindow(other, () => other.address.confirm())));
      assert.deepEqual(sim.register.latest, { version: 0 });
    });

    const fixedPort = (port: number): object => ({
      bind: () => Promise.resolve({ port, release: () => Promise.resolve(), retire: () => Promise.resolve() }),
    });
  });

  describe("after the end of its owner", () => {
    it("is taken over at once if the owner stops", async () => {
      const [owner, member] = [await sim.opened(), await sim.opened()];
      sim.close(owner);
      assert.ok((await sim.timeUntil(() => member.kind === "owner")) < 100);
      assert.equal(member.port, PORT);
      assert.ok(member.address.role.kind === "owner" && member.address.role.term > 1);
    });

    it("is taken over within 2 s if the owner crashes, and the others join", async () => {
      const [owner, ...members] = [await sim.opened(), await sim.opened(), await sim.opened(), await sim.opened()];
      sim.crash(owner);
      const isSettled = (): boolean => members.every((member) => member.kind !== "seeking" && isLinked(member));
      assert.ok((await sim.timeUntil(isSettled)) < 2000);
      assert.equal(sim.owners.length, 1);
    });

    const isLinked = (window: AddressWindow): boolean =>
      window.address.role.kind === "owner" || (sim.owners[0] !== undefined && window.isMemberOf(sim.owners[0]));

    it("has no owner in the register after the last window has stopped, and the next one does not wait", async () => {
      sim.close(await sim.opened());
      await sim.until(() => sim.living.length === 0);
      assert.equal(sim.register.latest.record?.owner, undefined);
      const window = sim.open();
      assert.ok((await sim.timeUntil(() => window.kind === "owner")) < 50);
    });

    it("is taken over at once if its process ID belongs to another program now", async () => {
      const owner = await sim.opened();
      sim.crash(owner);
      const window = sim.open({ network: { isGone: () => Promise.resolve(false) } });
      assert.ok((await sim.timeUntil(() => window.kind === "owner")) < 50);
      assert.equal(window.port, PORT);
    });

    it("goes to the next port if a program has both its process ID and its port", async () => {
      sim.crash(await sim.opened());
      sim.network.occupy(PORT);
      const window = await sim.opened({ network: { isGone: () => Promise.resolve(false) } });
      assert.deepEqual([window.kind, window.port], ["owner", PORT + 1]);
      assert.equal(sim.network.holderOf(PORT), "stranger");
    });

    it("is taken over from an earlier life of the same window", async () => {
      const { process } = await sim.opened({ port: 0 });
      const record = { term: 4, owner: { windowId: "w2", pid: 1 }, port: PORT, renewal: "r" };
      void sim.register.of(process).compareAndSet(sim.register.latest, record);
      await sim.until(() => sim.register.latest.record?.renewal === "r");
      const window = sim.open();
      assert.ok((await sim.timeUntil(() => window.kind === "owner")) < 50);
    });

    it("is joined by a window that starts while the owner stops", async () => {
      for (let delayMs = 0; delayMs < 12; delayMs++) {
        sim = new AddressWorld(delayMs);
        const [owner, member] = [await sim.opened(), await sim.opened()];
        sim.close(owner);
        await sim.pass(delayMs);
        const late = sim.open();
        const isSettled = (): boolean =>
          [member, late].some((each) => each.kind === "owner") && sim.owners.length === 1;
        await sim.until(() => isSettled() && [member, late].some((each) => each.kind === "member"), 5_000);
      }
    });
  });

  describe("of an owner that is stopped", () => {
    async function takeOver(): Promise<[frozen: AddressWindow, acting: AddressWindow]> {
      const [owner, member] = [await sim.opened(), await sim.opened()];
      sim.freeze(owner);
      await sim.until(() => member.kind === "owner");
      return [owner, member];
    }

    it("is noticed within 2 s, and taken over at the next port", async () => {
      const [owner, ...members] = [await sim.opened(), await sim.opened(), await sim.opened()];
      sim.freeze(owner);
      assert.ok((await sim.timeUntil(() => members.every((member) => member.kind === "seeking"))) < 2000);
      assert.ok((await sim.timeUntil(() => members.some((member) => member.kind === "owner"))) < 2500);
      await sim.until(() => members.every((member) => member.kind !== "seeking"));
      assert.deepEqual(
        members.map(({ port }) => port),
        [PORT + 1, PORT + 1],
      );
      assert.equal(sim.network.holderOf(PORT), owner);
    });

    it("is taken over in time if it was stopped soon after a move, and has two ports", async () => {
      sim.network.occupy(PORT);
      const [owner, member] = [await sim.opened(), await sim.opened()];
      sim.network.vacate(PORT);
      assert.equal(await sim.inWindow(owner, () => owner.address.reclaim()), true);
      sim.freeze(owner);
      assert.ok((await sim.timeUntil(() => member.kind === "owner")) < 4000);
      assert.equal(member.port, PORT + 2);
      assert.deepEqual([sim.network.holderOf(PORT), sim.network.holderOf(PORT + 1)], [owner, owner]);
    });

    it("answers nothing more from it, and comes back to the port", async () => {
      const [owner, acting] = await takeOver();
      assert.equal(owner.address.isServing, false);
      sim.thaw(owner);
      assert.equal(await sim.inWindow(owner, () => owner.address.confirm()), false);
      await sim.until(() => owner.isMemberOf(acting) && acting.port === PORT && owner.port === PORT);
      assert.equal(acting.address.role.kind === "owner" && acting.address.role.conflict, undefined);
      await sim.pass(10_000);
      assert.equal(sim.network.holderOf(PORT + 1), undefined);
      assert.deepEqual([acting.roles, owner.links.size], [["seeking", "member", "seeking", "owner", "owner"], 0]);
    });

    it("comes back to the port if it is killed", async () => {
      const [owner, acting] = await takeOver();
      sim.crash(owner);
      await sim.until(() => acting.port === PORT, 3_000);
    });

    it("stays with an owner that was stopped for a moment", async () => {
      const [owner, member] = [await sim.opened(), await sim.opened()];
      sim.freeze(owner);
      await sim.pass(1_800);
      sim.thaw(owner);
      await sim.until(() => member.isMemberOf(owner) && owner.address.isServing);
      await sim.pass(10_000);
      assert.deepEqual(owner.roles, ["seeking", "owner"]);
      assert.equal(sim.register.latest.record?.challenger, undefined);
    });

    it("is taken over although the challenger has died", async () => {
      const [owner, first, second] = [await sim.opened(), await sim.opened(), await sim.opened()];
      sim.freeze(owner);
      await sim.until(() => sim.register.latest.record?.challenger !== undefined);
      const challenger = sim.register.latest.record?.challenger?.windowId === first.record.id ? first : second;
      sim.crash(challenger);
      const other = challenger === first ? second : first;
      assert.ok((await sim.timeUntil(() => other.kind === "owner")) < 3000);
    });

    it("is not served before a check by one that goes on before anybody has taken over", async () => {
      const owner = await sim.opened();
      sim.freeze(owner);
      await sim.pass(700);
      assert.equal(owner.address.isServing, false);
      sim.thaw(owner);
      assert.ok(await sim.inWindow(owner, () => owner.address.confirm()));
      assert.ok(owner.address.isServing);
    });
  });

  describe("with a broken link", () => {
    it("is joined again, and keeps its owner", async () => {
      const [owner, member] = [await sim.opened(), await sim.opened()];
      for (const link of sim.network.links) link.line.blockedUntil = sim.world.now + 60_000;
      await sim.until(() => member.kind === "seeking");
      await sim.until(() => member.isMemberOf(owner));
      assert.deepEqual(owner.roles, ["seeking", "owner"]);
    });

    it("is not called all the time by a member whose links end at once", async () => {
      const owner = await sim.opened();
      let calls = 0;
      const window: AddressWindow = sim.open({
        network: {
          dial: async (port, signal) => {
            const dialed = await sim.network.of(window).dial(port, signal);
            if (dialed.kind === "joined") window.process.later(1, () => dialed.link.end("closed", "of no use"));
            calls++;
            return dialed;
          },
        },
      });
      await sim.pass(10_000);
      assert.ok(calls > 5 && calls < 60, `${calls} calls`);
      assert.deepEqual(owner.roles, ["seeking", "owner"]);
    });

    it("keeps an owner that renews its record, whatever its members challenge", async () => {
      const [owner, member] = [await sim.opened(), await sim.opened()];
      owner.deafUntil = sim.world.now + 12_000;
      for (const link of sim.network.links) link.end("closed", "The cable was pulled.");
      await sim.until(() => sim.register.latest.version > 2);
      await sim.until(() => member.isMemberOf(owner));
      assert.deepEqual(owner.roles, ["seeking", "owner"]);
    });

    it("has windows that are alone for a while, if they cannot reach the owner at all", async () => {
      const [owner, member] = [await sim.opened(), await sim.opened()];
      owner.deafUntil = sim.world.now + 60_000;
      for (const link of sim.network.links) link.end("closed", "The cable was pulled.");
      await sim.until(() => member.kind === "alone");
      assert.ok(member.address.isServing && member.port === PORT + 1);
      await sim.until(() => member.isMemberOf(owner), 90_000);
      assert.equal(sim.network.holderOf(PORT + 1), undefined);
    });

    it("is left by a member whose owner is not the registered one for some time", async () => {
      const owner = await sim.opened();
      const other = { term: 9, owner: { windowId: "w9", pid: 9 }, port: PORT, renewal: "r" };
      let isOther = false;
      const read = (): Promise<RegisteredAddress> =>
        Promise.resolve(isOther ? { version: 9, record: other } : sim.register.latest);
      const member = await sim.opened({ register: { read } });
      assert.ok(member.isMemberOf(owner));
      isOther = true;
      await sim.until(() => member.kind === "seeking", 3_000);
      await sim.until(() => owner.links.size === 0);
    });
  });
});
