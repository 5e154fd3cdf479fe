import assert from "node:assert/strict";
import { type AddressWindow, AddressWorld, PORT } from "../../../unit/windows/address/addressWorld.ts";

/** `SEED=17 SCHEDULES=1` replays one. */
const SCHEDULES = Number(process.env["SCHEDULES"] ?? 2000);
const FIRST_SEED = Number(process.env["SEED"] ?? 1);
const EVENTS = 14;
const MAX_WINDOWS = 7;
const QUIET_MS = 25_000;

type Happening = keyof typeof weights;

const weights = {
  open: 6,
  close: 3,
  crash: 3,
  freeze: 4,
  thaw: 4,
  slow: 2,
  partition: 3,
  deaf: 4,
  pause: 6,
  stranger: 2,
  vacate: 2,
  reclaim: 2,
  break: 1,
  remove: 1,
  damage: 1,
};

/** One random schedule of one seed. */
class Schedule extends AddressWorld {
  async run(): Promise<void> {
    const { random } = this.world;
    if (random.chance(0.2)) this.#takePort(PORT);
    // Often several windows at once, as when an editor restores its session.
    const windows = random.chance(0.05) ? 10 : random.int(1, 4);
    for (let at = 0; at < windows; at++) this.#open();
    for (let at = 0; at < EVENTS; at++) {
      await this.pass(random.chance(0.4) ? random.int(0, 30) : random.int(30, 2500));
      this.#happen(random.weighted(weights));
    }
    this.#heal();
    await this.pass(QUIET_MS);
    this.#checkEnd();
    await this.#checkStop();
  }

  #open(): void {
    this.open({ portConflict: this.#portConflict });
  }

  /** The setting of all windows. */
  readonly #portConflict = this.world.random.chance(0.1) ? "fail" : "next";

  #happen(happening: Happening): void {
    const { random } = this.world;
    const window = random.pick(this.living);
    if (happening === "open" && this.living.length < MAX_WINDOWS) this.#open();
    if (happening === "stranger") this.#takePort(PORT + random.int(0, 1));
    if (happening === "vacate") for (const port of [PORT, PORT + 1]) this.network.vacate(port);
    if (happening === "remove") this.#remove();
    if (happening === "damage") this.#damage();
    if (window === undefined) return;
    if (happening === "break") this.#break(window);
    if (happening === "close") this.close(window);
    if (happening === "crash") this.crash(window);
    if (happening === "freeze") this.freeze(random.chance(0.5) ? (this.owners[0] ?? window) : window);
    if (happening === "thaw") for (const each of this.living) if (each.process.isFrozen) this.thaw(each);
    if (happening === "slow") window.process.slownessMs = random.int(0, 900);
    if (happening === "deaf") this.#deafen(this.owners[0] ?? window);
    if (happening === "pause") this.#pause(random.chance(0.6) ? (this.owners[0] ?? window) : window);
    if (happening === "partition") this.#partition();
    if (happening === "reclaim") {
      window.process.later(0, () => void window.address.reclaim());
    }
  }

  #takePort(port: number): void {
    if (this.network.occupy(port)) this.world.note(`a stranger takes ${port}`);
  }

  /** While an owner is at another port, a new window would not find it. */
  #remove(): void {
    if (this.register.latest.record?.port !== PORT || this.#isElsewhere) return;
    this.world.note("the register is removed");
    this.register.remove();
  }

  get #isElsewhere(): boolean {
    return this.owners.some(({ address: { role } }) => role.kind === "owner" && role.port !== PORT);
  }

  #damage(): void {
    this.world.note("the register is damaged");
    this.register.damage();
  }

  #break(window: AddressWindow): void {
    this.world.note(`${window.process.name} cannot use the register`);
    this.register.broken.add(window.process);
    this.world.after(this.world.random.int(100, 15_000), () => this.register.broken.delete(window.process));
  }

  #deafen(window: AddressWindow): void {
    window.deafUntil = this.world.now + this.world.random.int(500, 8000);
    for (const link of this.network.links) {
      if (link.process === window.process) link.line.blockedUntil = window.deafUntil;
    }
    this.world.note(`${window.process.name} is deaf`);
  }

  /** Stops a window for short times, again and again. */
  #pause(window: AddressWindow): void {
    const { random } = this.world;
    this.world.note(`${window.process.name} runs now and then`);
    for (let at = random.int(0, 400), count = 0; count < 8; count++) {
      this.world.after(at, () => window.process.freeze());
      at += random.int(100, 900);
      this.world.after(at, () => window.process.thaw());
      at += random.int(10, 600);
    }
  }

  #partition(): void {
    const { random } = this.world;
    for (const link of this.network.links) {
      if (random.chance(0.5)) link.line.blockedUntil = this.world.now + random.int(0, 4000);
    }
    this.world.note("links are interrupted");
  }

  #heal(): void {
    this.world.note("all is well");
    for (const { process } of this.living) {
      process.slownessMs = 0;
      this.register.broken.delete(process);
      process.thaw();
    }
  }

  #checkEnd(): void {
    const { living, owners } = this;
    if (living.length === 0) return;
    if (living.every(({ kind }) => kind === "failed") && this.#mayFail) return;
    const [owner] = owners;
    assert.ok(owner !== undefined && owners.length === 1, `there are ${owners.length} owners`);
    assert.ok(owner.address.isServing, "the owner does not serve");
    const { role } = owner.address;
    assert.ok(role.kind === "owner");
    for (const window of living) if (window !== owner) this.#checkMember(window, owner, role.port);
    for (let port = PORT; port < PORT + 10; port++) {
      const holder = this.network.holderOf(port);
      const isOwners = holder === owner && port === role.port;
      assert.ok(holder === undefined || holder === "stranger" || isOwners, `a port is left behind: ${port}`);
    }
    assert.equal(owner.links.size, living.length - 1, "links are left behind");
  }

  get #mayFail(): boolean {
    return this.#portConflict === "fail" && this.network.holderOf(PORT) === "stranger";
  }

  #checkMember(window: AddressWindow, owner: AddressWindow, port: number): void {
    const { role } = window.address;
    assert.equal(role.kind, "member", `${window.process.name} is ${role.kind}`);
    assert.ok(role.kind === "member" && role.link.peer.id === owner.record.id, "a window is with another owner");
    assert.equal(role.port, port, "a window knows another port");
  }

  async #checkStop(): Promise<void> {
    for (const window of this.living) this.close(window);
    await this.until(() => this.living.length === 0);
    for (let port = PORT; port < PORT + 10; port++) {
      const holder = this.network.holderOf(port);
      assert.ok(holder === undefined || holder === "stranger", `a port is left behind after the end: ${port}`);
    }
  }
}

describe("The address in random schedules", function () {
  this.timeout(900_000);

  it("has one owner at most, and one owner whom all others have joined in the end", async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      const schedule = new Schedule(seed);
      try {
        await schedule.run();
      } catch (error) {
        assert.fail(`seed ${seed}: ${String(error)}\n${schedule.world.lines.join("\n")}`);
      }
    }
  });
});
