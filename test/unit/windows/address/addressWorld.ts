import { silentLogger } from "../../../../src/base/logger.ts";
import type { WindowRecord } from "../../../../src/protocol/status.ts";
import type { AddressNetwork, AddressRegister } from "../../../../src/windows/address/addressPorts.ts";
import type { AddressOptions } from "../../../../src/windows/address/claim.ts";
import { WindowAddress } from "../../../../src/windows/address/windowAddress.ts";
import type { SimLink } from "../../../simulation/machine/simLink.ts";
import { type SimListener, SimNetwork } from "../../../simulation/machine/simNetwork.ts";
import { SimProcess } from "../../../simulation/time/simProcess.ts";
import { SimRegister } from "../../../simulation/machine/simRegister.ts";
import { World } from "../../../simulation/time/world.ts";

export const PORT = 3001;

interface WindowOptions extends AddressOptions {
  /** Replaces operations of the system. */
  readonly register?: Partial<AddressRegister>;
  readonly network?: Partial<AddressNetwork<SimLink>>;
}

/** A window that has an address, and no bridge. */
export class AddressWindow implements SimListener {
  readonly process: SimProcess;
  readonly record: WindowRecord;
  readonly address: WindowAddress<SimLink>;
  readonly links = new Set<SimLink>();
  readonly roles: string[] = [];
  hasStopped = false;
  /** Until then, it does not respond at its port, and what it sends over its links is held up. */
  deafUntil = 0;

  constructor({ world, network, register }: AddressWorld, number: number, options: WindowOptions) {
    this.process = new SimProcess(world, `window ${number}`);
    this.record = { id: `w${number}`, pid: 1000 + number, editor: "sim", workspaceFolders: [] };
    this.address = new WindowAddress(
      {
        register: { ...register.of(this.process), ...options.register },
        network: { ...network.of(this), ...options.network },
        clock: this.process,
        self: { windowId: this.record.id, pid: this.record.pid },
        logger: silentLogger,
        unique: () => String(world.random.next()),
      },
      options,
    );
    this.address.onDidChangeRole((role) => {
      const port = "port" in role ? ` at ${role.port}` : "";
      const peer = role.kind === "member" ? ` of ${role.link.peer.id}` : "";
      const reason = role.kind === "alone" ? ` (${role.reason})` : "";
      this.roles.push(role.kind);
      world.note(`${this.process.name} is ${role.kind}${port}${peer}${reason}`);
      if (role.kind === "owner") return;
      for (const link of this.links) link.end("closed", "The window does not own the address any more.");
    });
  }

  get kind(): string {
    return this.address.role.kind;
  }

  get port(): number | undefined {
    const { role } = this.address;
    return "port" in role ? role.port : undefined;
  }

  isMemberOf(owner: AddressWindow | undefined): boolean {
    const { role } = this.address;
    return role.kind === "member" && role.link.peer.id === owner?.record.id;
  }

  get isLiving(): boolean {
    return !this.process.isDead && !this.hasStopped;
  }

  get mayAccept(): boolean {
    if (this.process.now() < this.deafUntil) return false;
    return this.address.role.kind === "owner" && this.address.isServing;
  }

  onLink(link: SimLink): void {
    this.links.add(link);
    link.onDidEnd(() => this.links.delete(link));
  }

  onRelease(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.process.later(this.process.world.random.next() * 2000, resolve);
    return promise;
  }
}

/** Windows of one user on one machine, as far as their address is concerned. */
export class AddressWorld {
  readonly world: World;
  readonly network: SimNetwork;
  readonly register = new SimRegister();
  readonly windows: AddressWindow[] = [];

  constructor(seed: number) {
    this.world = new World(seed);
    this.network = new SimNetwork(this.world);
    this.world.onDidStep = () => this.#check();
    this.register.onDidWrite = ({ version, record }) => {
      const challenge = record?.challenger && `, challenged by ${record.challenger.windowId}`;
      this.world.note(`register ${version}: ${record?.owner?.windowId} at ${record?.port}${challenge ?? ""}`);
    };
  }

  get living(): AddressWindow[] {
    return this.windows.filter(({ isLiving }) => isLiving);
  }

  get owners(): AddressWindow[] {
    return this.living.filter(({ address }) => address.role.kind === "owner");
  }

  open(options: Partial<WindowOptions> = {}): AddressWindow {
    const window = new AddressWindow(this, this.windows.length + 1, { port: PORT, portConflict: "next", ...options });
    this.windows.push(window);
    this.world.note(`${window.process.name} opens`);
    // Whatever a process does is a step of it.
    window.process.later(0, () => void window.address.start());
    return window;
  }

  /** Opens a window, and waits until it has its role. */
  async opened(options?: Partial<WindowOptions>): Promise<AddressWindow> {
    const window = this.open(options);
    await this.until(() => window.address.role.kind !== "seeking");
    return window;
  }

  close(window: AddressWindow): void {
    this.world.note(`${window.process.name} closes`);
    window.process.later(0, () => {
      void window.address.stop().then(() => {
        window.hasStopped = true;
        this.world.note(`${window.process.name} is closed`);
      });
    });
  }

  crash(window: AddressWindow): void {
    this.world.note(`${window.process.name} crashes`);
    window.process.kill();
    this.network.bury(window);
  }

  freeze(window: AddressWindow): void {
    this.world.note(`${window.process.name} freezes`);
    window.process.freeze();
  }

  thaw(window: AddressWindow): void {
    this.world.note(`${window.process.name} goes on`);
    window.process.thaw();
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.world.now + ms;
    this.world.after(ms, () => undefined);
    await this.world.run(() => this.world.now >= end);
  }

  /** Lets time pass until something is true. */
  async until(isTrue: () => boolean, ms = 30_000): Promise<void> {
    const end = this.world.now + ms;
    this.world.after(ms, () => undefined);
    await this.world.run(() => {
      if (this.world.now >= end) this.world.fail(`not within ${ms} ms: ${String(isTrue)}`);
      return isTrue();
    });
  }

  /** @returns the time it took in virtual milliseconds */
  async timeUntil(isTrue: () => boolean): Promise<number> {
    const since = this.world.now;
    await this.until(isTrue);
    return this.world.now - since;
  }

  /** Calls something as a step of the window's process. */
  async inWindow<T>(window: AddressWindow, call: () => Promise<T>): Promise<T> {
    let result: { readonly value: T } | undefined;
    window.process.later(0, () => {
      void call().then((value) => {
        result = { value };
      });
    });
    await this.until(() => result !== undefined);
    if (result === undefined) throw new Error("no result");
    return result.value;
  }

  /** At no time, two windows serve the address. */
  #check(): void {
    const serving = this.windows.filter(
      ({ process, address: { role, isServing } }) =>
        !process.isDead && role.kind === "owner" && role.term > 0 && isServing,
    );
    if (serving.length <= 1) return;
    this.world.fail(`${serving.map(({ process }) => process.name).join(" and ")} serve the address`);
  }
}
