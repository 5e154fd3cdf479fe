import assert from "node:assert/strict";
import type { AddressRegister, Binding } from "../../../../src/windows/address/addressPorts.ts";
import { type AddressWindow, AddressWorld, PORT } from "./addressWorld.ts";

describe("The address of all windows, in races", () => {
  let sim: AddressWorld;

  beforeEach(() => {
    sim = new AddressWorld(17);
  });

  /** A register that does something with each write. */
  function withWrites(onWrite: (write: () => ReturnType<AddressRegister["compareAndSet"]>) => unknown): object {
    const register = sim.register.of(sim.open({ port: 0 }).process);
    return {
      compareAndSet: (...args: Parameters<AddressRegister["compareAndSet"]>) =>
        onWrite(() => register.compareAndSet(...args)),
    };
  }

  function later({ process }: AddressWindow, ms: number): Promise<void> {
    return new Promise((resolve) => process.later(ms, resolve));
  }

  /** Resolves some microtasks later. */
  async function turns(count: number): Promise<void> {
    for (let at = 0; at < count; at++) await Promise.resolve();
  }

  it("leaves nothing behind in a window that is stopped in the turn in which it becomes the owner", async () => {
    for (let count = 0; count < 40; count++) {
      sim = new AddressWorld(count);
      const register = withWrites(async (write) => {
        const written = await write();
        void turns(count).then(() => window.address.stop());
        return written;
      });
      const window = sim.open({ register });
      await sim.until(() => window.kind === "stopped");
      await sim.pass(3_000);
      assert.equal(sim.network.holderOf(PORT), undefined, `after ${count} turns`);
      assert.equal(sim.register.latest.record?.owner, undefined, `after ${count} turns`);
    }
  });

  it("ends a link that a window gets in the turn in which it is stopped", async () => {
    for (let count = 0; count < 40; count++) {
      sim = new AddressWorld(count);
      const owner = await sim.opened();
      const dial: ReturnType<typeof sim.network.of>["dial"] = async (port, signal) => {
        const dialed = await sim.network.of(window).dial(port, signal);
        void turns(count).then(() => window.address.stop());
        return dialed;
      };
      const window: AddressWindow = sim.open({ network: { dial } });
      await sim.until(() => window.kind === "stopped");
      await sim.until(() => owner.links.size === 0);
    }
  });

  it("does not confirm an ownership that is found to be lost", async () => {
    const owner = await sim.opened();
    sim.register.damage();
    assert.ok(owner.address.isServing);
    assert.equal(await sim.inWindow(owner, () => owner.address.confirm()), false);
  });

  it("does not take over from an owner that does not accept connections, and has its port", async () => {
    sim.network.occupy(PORT);
    const owner = await sim.opened();
    sim.network.vacate(PORT);
    const dial = (): Promise<{ kind: "refused" }> => Promise.resolve({ kind: "refused" });
    const window = sim.open({ network: { dial } });
    await sim.pass(30_000);
    assert.deepEqual([owner.roles.includes("seeking", 1), owner.port, window.kind], [false, PORT + 1, "alone"]);
  });

  it("waits for a window that has the port and is about to become the owner", async () => {
    const register = withWrites(async (write) => {
      await later(first, 1_000);
      return await write();
    });
    const first: AddressWindow = sim.open({ register });
    await sim.until(() => sim.network.holderOf(PORT) === first);
    const ports: number[] = [];
    const bind = async (port: number): Promise<Binding | undefined> => {
      ports.push(port);
      return await sim.network.of(second).bind(port);
    };
    const second: AddressWindow = sim.open({ network: { bind } });
    await sim.until(() => second.isMemberOf(first));
    assert.deepEqual([...new Set(ports)], [PORT]);
  });

  it("is joined by a window whose calls the owner answers slowly", async () => {
    const owner = await sim.opened();
    const slow: AddressWindow = sim.open({
      network: {
        dial: async (port, signal) => {
          await later(slow, 1_500);
          return await sim.network.of(slow).dial(port, signal);
        },
      },
    });
    await sim.until(() => slow.isMemberOf(owner), 60_000);
  });

  it("goes on at the next port if its owner is stopped, even if no program may displace it", async () => {
    const options = { portConflict: "fail" } as const;
    const [owner, member] = [await sim.opened(options), await sim.opened(options)];
    sim.freeze(owner);
    await sim.until(() => member.kind === "owner");
    assert.equal(member.port, PORT + 1);
    sim.thaw(owner);
    await sim.until(() => member.port === PORT && owner.isMemberOf(member));
  });

  it("stays at the port of an owner that has ended, while a program has the configured one", async () => {
    sim.network.occupy(PORT);
    const owner = await sim.opened();
    const member = await sim.opened({ network: { isGone: () => Promise.resolve(false) } });
    sim.crash(owner);
    await sim.until(() => member.kind === "owner");
    const { role } = member.address;
    assert.ok(role.kind === "owner" && role.port === PORT + 1 && role.conflict?.port === PORT);
  });

  describe("moving to the configured port", () => {
    async function owner(register: object): Promise<AddressWindow> {
      sim.network.occupy(PORT);
      const window = await sim.opened({ register });
      sim.network.vacate(PORT);
      return window;
    }

    it("has moved if the write has failed, and was made nevertheless", async () => {
      let isFailing = false;
      const register = withWrites(async (write) => {
        const written = await write();
        if (isFailing) throw new Error("the disk is full");
        return written;
      });
      const window = await owner(register);
      isFailing = true;
      assert.equal(await sim.inWindow(window, () => window.address.reclaim()), false);
      isFailing = false;
      await sim.until(() => window.port === PORT);
      await sim.until(() => sim.network.holderOf(PORT + 1) === undefined);
      assert.deepEqual([sim.network.holderOf(PORT), sim.register.latest.record?.port], [window, PORT]);
      assert.ok(window.address.isServing);
    });

    it("stays, and leaves the port, if the write has failed", async () => {
      let isFailing = false;
      const register = withWrites((write) => (isFailing ? Promise.reject(new Error("the disk is full")) : write()));
      const window = await owner(register);
      isFailing = true;
      assert.equal(await sim.inWindow(window, () => window.address.reclaim()), false);
      assert.equal(sim.network.holderOf(PORT), window, "the register may have the port");
      isFailing = false;
      await sim.until(() => sim.network.holderOf(PORT) === undefined);
      assert.deepEqual([window.port, sim.register.latest.record?.port], [PORT + 1, PORT + 1]);
      assert.equal(await sim.inWindow(window, () => window.address.reclaim()), true);
    });

    it("leaves both ports if it is stopped meanwhile", async () => {
      for (let ms = 0; ms < 12; ms += 0.25) {
        sim = new AddressWorld(ms);
        const window = await owner({});
        window.process.later(0, () => void window.address.reclaim());
        await sim.pass(ms);
        sim.close(window);
        await sim.until(() => window.hasStopped);
        await sim.pass(6_000);
        for (const port of [PORT, PORT + 1]) assert.equal(sim.network.holderOf(port), undefined);
      }
    });
  });
});
