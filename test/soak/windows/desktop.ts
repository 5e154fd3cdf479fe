import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { addressFolder } from "../../../src/windows/address/folderRegister.ts";
import type { Random } from "../../simulation/time/random.ts";
import type { WindowGroup } from "../../support/windows/windowGroup.ts";
import type { WindowProcess } from "../../support/windows/windowProcess.ts";
import type { Tally } from "../tally.ts";

const LONGEST_STOP_MS = 5_000;

const weights = { crash: 5, close: 2, stop: 5, blink: 2, remove: 1 };

/** One place for a window, with a folder. The window in it changes. */
interface Seat {
  readonly name: string;
  window: WindowProcess;
  isStopped: boolean;
}

/** The windows of a user who opens, closes, crashes and stops them at random. */
export class Desktop {
  readonly marksFile: string;
  readonly #group: WindowGroup;
  readonly #random: Random;
  readonly #tally: Tally;
  readonly #seats: Seat[] = [];
  readonly #pending = new Set<Promise<void>>();
  #opened = 0;

  constructor(group: WindowGroup, random: Random, tally: Tally) {
    this.#group = group;
    this.#random = random;
    this.#tally = tally;
    this.marksFile = join(group.folder, "marks");
  }

  get port(): number {
    return this.#group.port;
  }

  get windows(): WindowProcess[] {
    return this.#seats.map(({ window }) => window);
  }

  /** What requests can name: a folder, a window, or neither. */
  places(): (object | undefined)[] {
    return [
      undefined,
      ...this.#seats.flatMap(({ name, window }) => [
        { windowId: window.id },
        { workspacePath: this.#group.folderOf(name) },
      ]),
    ];
  }

  async fill(count: number): Promise<void> {
    for (let at = 1; at <= count; at++) {
      const name = `w${at}`;
      this.#seats.push({ name, window: await this.#open(name), isStopped: false });
    }
    await this.#group.settled(this.windows);
  }

  /** Does one thing to one window. */
  async disturb(): Promise<void> {
    const seat = this.#random.pick(this.#seats.filter(({ isStopped }) => !isStopped));
    if (seat === undefined) return;
    const isOwner = seat.window.address?.role === "owner";
    const what = this.#random.weighted(weights);
    this.#tally.add(`faults: ${what}${isOwner ? " of the owner" : ""}`);
    switch (what) {
      case "crash":
        await seat.window.kill();
        seat.window = await this.#open(seat.name);
        return;
      case "close":
        await seat.window.end();
        seat.window = await this.#open(seat.name);
        return;
      case "stop":
        return this.#stop(seat, this.#random.int(200, LONGEST_STOP_MS));
      case "blink":
        return this.#stop(seat, this.#random.int(1, 700));
      case "remove":
        return await this.#removeRegister();
    }
  }

  /** Lets all windows go on, and waits until they share the address. @returns the owner */
  async heal(): Promise<WindowProcess> {
    await Promise.all(this.#pending);
    await Promise.all(this.windows.map((window) => window.whenAddress(({ port }) => port === this.port)));
    return await this.#group.settled(this.windows);
  }

  /** A window may write to it at the same moment, so that something stays. */
  async #removeRegister(): Promise<void> {
    const folder = dirname(addressFolder(this.#group.discovery, this.port));
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }

  #stop(seat: Seat, ms: number): void {
    seat.isStopped = true;
    seat.window.signal("SIGSTOP");
    const goingOn = delay(ms).then(() => {
      seat.window.signal("SIGCONT");
      seat.isStopped = false;
      this.#pending.delete(goingOn);
    });
    this.#pending.add(goingOn);
  }

  async #open(name: string): Promise<WindowProcess> {
    return await this.#group.open(`${name}-${++this.#opened}`, { folders: [this.#group.folderOf(name)] });
  }
}
