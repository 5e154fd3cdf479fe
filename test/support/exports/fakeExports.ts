import { Emitter } from "../../../src/base/events.ts";
import type { NamedArchive } from "../../../src/core/runArchive.ts";
import type { Exports, ExportsPorts, OpenExports } from "../../../src/exports/door/exports.ts";
import { destinationHeadSchema } from "../../../src/exports/door/settings.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import type { DeadLetter, DestinationRecord, DestinationTest } from "../../../src/protocol/exports/destinations.ts";

/** Exports whose destinations are all fine, and which record what they are asked for. */
export class FakeExports implements Exports {
  readonly changed = new Emitter<void>();
  readonly onDidChange = this.changed.event;
  /** The elements of each application of the setting. */
  readonly applied: unknown[][] = [];
  readonly deadLetterList: DeadLetter[] = [];
  archiveList: NamedArchive[] = [];
  problems: string[] = [];
  ports: ExportsPorts | undefined;
  isDisposed = false;
  /** Answers tests. */
  onTest: (name: string, signal: AbortSignal) => Promise<DestinationTest> = () =>
    Promise.resolve({ success: true, outcome: "stored", message: "Stored.", elapsedMs: 1, windowId: this.#windowId });

  readonly open: OpenExports = (ports, elements) => {
    this.ports = ports;
    this.apply(elements);
    return Promise.resolve(this);
  };

  list() {
    const heads = (this.applied.at(-1) ?? []).map((element) => destinationHeadSchema.parse(element));
    const destinations = heads.map(
      ({ name, kind, enabled }): DestinationRecord => ({
        name,
        kind,
        state: enabled ? "ok" : "off",
        waiting: { events: 0, oldestMs: 0 },
        sent: 0,
        refused: 0,
        dropped: 0,
        deadLetters: this.deadLetterList.length,
        windowId: this.#windowId,
      }),
    );
    return { destinations, problems: this.problems };
  }

  async test(name: string, signal: AbortSignal) {
    const { state } = this.#get(name);
    if (state === "off") throw new BridgeError("CONFLICT", "It is off.");
    return await this.onTest(name, signal);
  }

  deadLetters(name: string, limit: number) {
    this.#get(name);
    return Promise.resolve({
      deadLetters: this.deadLetterList.slice(0, limit),
      total: this.deadLetterList.length,
    });
  }

  async replay(name: string) {
    const { state } = this.#get(name);
    if (state === "off") throw new BridgeError("CONFLICT", "It is off.");
    return await this.removeDeadLetters(name);
  }

  removeDeadLetters(name: string) {
    this.#get(name);
    return Promise.resolve(this.deadLetterList.splice(0).length);
  }

  archives(): readonly NamedArchive[] {
    return this.archiveList;
  }

  apply(elements: readonly unknown[]): void {
    this.applied.push([...elements]);
    this.changed.fire();
  }

  dispose(): void {
    this.isDisposed = true;
  }

  get #windowId(): string {
    return this.ports?.events.windowId ?? "";
  }

  #get(name: string): DestinationRecord {
    const found = this.list().destinations.find((destination) => destination.name === name);
    if (found === undefined) throw new BridgeError("NOT_FOUND", "There is no such destination.");
    return found;
  }
}
