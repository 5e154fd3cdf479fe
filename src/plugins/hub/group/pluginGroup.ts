import type { Clock } from "../../../base/clock.ts";
import { within } from "../../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import { Emitter, type Event } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { Message } from "../../bus/message.ts";
import type { BusParticipant } from "../../bus/participant.ts";
import type { PluginDirectory, PluginRecord } from "../pluginDirectory.ts";
import {
  ANNOUNCE_TOPIC,
  BRIDGE,
  CHANGED_TOPIC,
  LIST_TOPIC,
  listedPlugin,
  publicRecord,
  readAnnouncement,
} from "./announcement.ts";

/** The interval in milliseconds in which a window announces its plugins again. */
const ANNOUNCE_MS = 10_000;
/** The time in milliseconds without an announcement after which a window is gone. */
const SILENT_MS = 35_000;
/** The most windows that are known. */
const MAX_WINDOWS = 200;
/** The time in milliseconds for the last announcement. */
const GOODBYE_MS = 300;

export interface PluginGroupDeps {
  /** The participant `kiro-bridge` of this window. Owned by the caller. */
  readonly bus: Pick<BusParticipant, "publish" | "subscribe" | "respond">;
  /** Fires when this window uses another bus, on which nobody knows its plugins. */
  readonly onDidMove: Event<void>;
  /** The plugins of this window. */
  readonly own: { records(): readonly PluginRecord[]; readonly onDidChange: Event<void> };
  readonly clock: Clock;
  readonly logger: Logger;
}

interface OtherWindow {
  readonly records: ReadonlyMap<string, PluginRecord>;
  /** By the monotonic clock. */
  readonly heardAt: number;
}

/**
 * The plugins of all windows on the bus, also of those of other machines. Each window announces its own to the others:
 * when they change, when it uses another bus, when a window asks, and from time to time, so that the plugins of a window
 * that crashed are forgotten.
 */
export class PluginGroup implements PluginDirectory, Disposable {
  readonly #windowId: string;
  readonly #deps: PluginGroupDeps;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #others = new Map<string, OtherWindow>();
  #timer: Disposable | undefined;
  #isDisposed = false;

  constructor(windowId: string, deps: PluginGroupDeps) {
    this.#windowId = windowId;
    this.#deps = deps;
    const announced = deps.bus.subscribe(ANNOUNCE_TOPIC, ({ message }) => this.#heard(message));
    const asked = deps.bus.subscribe(LIST_TOPIC, ({ message }) => this.#answer(message), { group: BRIDGE });
    this.#store.defer(() => announced.unsubscribe());
    this.#store.defer(() => asked.unsubscribe());
    this.#store.add(deps.own.onDidChange(() => this.#ownChanged()));
    this.#store.add(deps.onDidMove(() => void this.#announce(true)));
    void this.#announce(true);
    this.#schedule();
  }

  /** One of each name: that of this window, or else of the window whose ID is first. */
  plugins(): readonly PluginRecord[] {
    const all = new Map<string, PluginRecord>();
    const others = [...this.#others]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { records }]) => records.values());
    for (const records of [this.#deps.own.records(), ...others])
      for (const record of records) if (!all.has(record.name)) all.set(record.name, record);
    return [...all.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Tells the others that the plugins of this window are gone. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    void this.#timer?.dispose();
    await this.#store.dispose();
    // The bus may be gone already, or move.
    await within(this.#send({ names: [], asks: false }), GOODBYE_MS, undefined);
  }

  #schedule(): void {
    this.#timer = this.#deps.clock.after(ANNOUNCE_MS, () => {
      this.#forgetSilent();
      void this.#announce(false);
      this.#schedule();
    });
  }

  #ownChanged(): void {
    this.#changed.fire();
    const plugins = this.#deps.own.records().map(({ name, version, state }) => ({ name, version, state }));
    void this.#publish(CHANGED_TOPIC, { windowId: this.#windowId, plugins });
    void this.#announce(false);
  }

  async #announce(asks: boolean): Promise<void> {
    if (this.#isDisposed) return;
    const records = this.#deps.own.records();
    const names = records.map(({ name }) => name);
    if (records.length === 0) await this.#send({ names, asks });
    for (const [at, record] of records.entries())
      await this.#send({ names, plugin: publicRecord(record), asks: asks && at === 0 });
  }

  async #send(content: { names: readonly string[]; plugin?: PluginRecord; asks: boolean }): Promise<void> {
    await this.#publish(ANNOUNCE_TOPIC, { windowId: this.#windowId, ...content });
  }

  async #publish(topic: string, payload: object): Promise<void> {
    try {
      await this.#deps.bus.publish({ topic, payload });
    } catch (error) {
      this.#deps.logger.debug("The plugins of this window were not announced", { error: messageOf(error) });
    }
  }

  /** Only bridges have the name, so nobody else can announce plugins. */
  #heard({ source, payload }: Message): void {
    if (source !== BRIDGE) return;
    const heard = readAnnouncement(payload);
    if (heard === undefined || heard.windowId === this.#windowId) return;
    const { windowId, names, plugin, asks } = heard;
    const before = this.#others.get(windowId);
    if (before === undefined && this.#others.size >= MAX_WINDOWS) return;
    const records = new Map([...(before?.records ?? [])].filter(([name]) => names.includes(name)));
    if (plugin !== undefined) records.set(plugin.name, { ...plugin, windowId });
    if (names.length === 0) this.#others.delete(windowId);
    else this.#others.set(windowId, { records, heardAt: this.#deps.clock.now() });
    if (asks) void this.#announce(false);
    this.#changed.fire();
  }

  #forgetSilent(): void {
    const latest = this.#deps.clock.now() - SILENT_MS;
    let isChanged = false;
    for (const [windowId, { heardAt }] of this.#others) {
      if (heardAt > latest) continue;
      this.#others.delete(windowId);
      isChanged = true;
    }
    if (isChanged) this.#changed.fire();
  }

  async #answer({ messageType, correlationId }: Message): Promise<void> {
    if (messageType !== "request" || correlationId === undefined) return;
    await this.#deps.bus.respond(correlationId, { plugins: this.plugins().map(listedPlugin) });
  }
}
