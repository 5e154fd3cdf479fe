import type { SimDesktop } from "./simDesktop.ts";
import type { SimClients } from "./simClients.ts";
import { PORT, type SimWindow } from "./simWindow.ts";

const MAX_WINDOWS = 6;
/** With fewer windows, another one often opens. */
const FEW_WINDOWS = 3;

/** What happens to a window in a storm, and how likely each is. */
const OF_WINDOWS = {
  leave: 6,
  crash: 10,
  freeze: 10,
  thaw: 12,
  isolate: 10,
  "slow-disk": 8,
  reclaim: 6,
  focus: 5,
} as const;
const OTHERS = {
  open: 14,
  "crash-owner": 8,
  "freeze-owner": 10,
  "isolate-owner": 6,
  partition: 6,
  "slow-link": 6,
  stranger: 5,
  "stranger-ends": 5,
  cancel: 12,
} as const;
const DISTURBANCES = { ...OF_WINDOWS, ...OTHERS };
/** Probability that a process stops or dies in the middle of an operation. */
const ACCIDENT = 0.005;

type OfWindow = keyof typeof OF_WINDOWS;
type Disturbance = keyof typeof DISTURBANCES;

/** Random disturbances of the windows, their links and their files. */
export class Storm {
  readonly #desktop: SimDesktop;
  readonly #clients: SimClients;
  #isOver = false;

  constructor(desktop: SimDesktop, clients: SimClients) {
    this.#desktop = desktop;
    this.#clients = clients;
    const { world } = desktop;
    const { random } = world;
    if (random.chance(0.15)) desktop.machine.network.occupy(PORT);
    // Often several windows at once, as when an editor restores its session.
    for (let count = random.int(1, 5), at = 0; count > 0; count--) {
      world.after(at, () => desktop.open());
      if (random.chance(0.6)) at += random.int(0, 400);
    }
    world.after(random.int(100, 1500), () => this.#disturb());
  }

  /** Lets accidents happen to a window, at the worst of times. */
  watch(window: SimWindow): void {
    const { world } = this.#desktop;
    window.process.onDidOperate = () => {
      if (this.#isOver || !world.random.chance(ACCIDENT)) return;
      world.after(world.random.next() * 4, () => {
        if (this.#isOver || window.process.isDead) return;
        const accident = world.random.chance(0.7) ? "freeze" : "crash";
        world.note(`-- ${accident} in the middle of an operation`);
        this.#disturbWindow(accident, window);
      });
    };
  }

  /** Ends all disturbances. */
  end(): void {
    const { windows, machine } = this.#desktop;
    this.#isOver = true;
    this.#desktop.world.note("The storm is over.");
    for (const window of windows) {
      window.process.thaw();
      window.process.slownessMs = 0;
      window.process.isolatedUntil = 0;
    }
    for (const { line } of machine.network.links) {
      line.blockedUntil = 0;
      line.slownessMs = 0;
    }
  }

  #disturb(): void {
    if (this.#isOver) return;
    const { world } = this.#desktop;
    const hasFew = this.#desktop.windows.size < FEW_WINDOWS && world.random.chance(0.5);
    const disturbance = hasFew ? "open" : world.random.weighted(DISTURBANCES);
    world.note(`-- ${disturbance}`);
    this.#do(disturbance);
    const pause = world.random.chance(0.3) ? world.random.int(0, 30) : world.random.int(50, 1300);
    world.after(pause, () => this.#disturb());
  }

  #do(disturbance: Disturbance): void {
    const { windows, world, machine } = this.#desktop;
    const { network } = machine;
    const some = world.random.pick([...windows]);
    switch (disturbance) {
      case "open":
        if (windows.size < MAX_WINDOWS) this.#desktop.open();
        return;
      case "stranger":
        return void network.occupy(PORT + (world.random.chance(0.8) ? 0 : 1));
      case "stranger-ends":
        return [PORT, PORT + 1].forEach((port) => network.vacate(port));
      case "cancel":
        return this.#clients.cancelOne();
      case "partition":
      case "slow-link":
        return this.#disturbLink(disturbance);
      case "crash-owner":
        return this.#disturbWindow("crash", this.owner ?? some);
      case "freeze-owner":
        return this.#disturbWindow("freeze", this.owner ?? some);
      case "isolate-owner":
        return this.#disturbWindow("isolate", this.owner ?? some);
      default:
        return this.#disturbWindow(disturbance, some);
    }
  }

  #disturbWindow(disturbance: OfWindow, window: SimWindow | undefined): void {
    if (window === undefined) return;
    const { world } = this.#desktop;
    const { process, record } = window;
    world.note(`   of ${record.id}`);
    switch (disturbance) {
      case "leave":
        return process.later(0, () => void window.leave());
      case "crash":
        return this.#desktop.crash(window);
      case "freeze":
        process.freeze();
        // Most stops are short, like that of a debugger or a busy machine.
        return void world.after(world.random.int(100, 5000), () => {
          if (!this.#isOver) process.thaw();
        });
      case "thaw":
        return process.thaw();
      case "isolate":
        process.isolatedUntil = world.now + world.random.int(100, 4000);
        return;
      case "slow-disk":
        process.slownessMs = world.random.int(50, 900);
        return void world.after(world.random.int(200, 3000), () => void (process.slownessMs = 0));
      case "reclaim":
        return process.later(0, () => window.reclaim());
      case "focus":
        return process.later(0, () => window.focus());
    }
  }

  #disturbLink(disturbance: "partition" | "slow-link"): void {
    const { machine, world } = this.#desktop;
    const line = world.random.pick([...machine.network.links])?.line;
    if (line === undefined) return;
    const durationMs = world.random.int(100, 3000);
    if (disturbance === "partition") line.blockedUntil = world.now + durationMs;
    else {
      line.slownessMs = world.random.int(10, 800);
      world.after(durationMs, () => void (line.slownessMs = 0));
    }
  }

  get owner(): SimWindow | undefined {
    return [...this.#desktop.windows].find(({ address }) => address.role.kind === "owner");
  }
}
