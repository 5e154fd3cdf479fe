import { join } from "node:path";
import type { Disposable } from "../base/disposables.ts";
import type { NamedArchive } from "../core/runArchive.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { DeadLetterList, DestinationRecord } from "../protocol/exports/destinations.ts";
import { quote } from "../protocol/validate.ts";
import { type CheckedElement, OpenedDestination, type OpenedDestinationDeps } from "./openedDestination.ts";
import { DeadLetters } from "./outbox/deadLetters.ts";

/** A destination of the setting, which may be off. */
export class ExportPlace implements Disposable {
  readonly checked: CheckedElement;
  readonly letters: DeadLetters;
  readonly #windowId: string;
  readonly #opened: OpenedDestination | undefined;

  private constructor(
    checked: CheckedElement,
    letters: DeadLetters,
    windowId: string,
    opened: OpenedDestination | undefined,
  ) {
    this.checked = checked;
    this.letters = letters;
    this.#windowId = windowId;
    this.#opened = opened;
  }

  /** @throws errors of the kind of the destination, and of the outbox */
  static async open(checked: CheckedElement, deps: Omit<OpenedDestinationDeps, "letters">): Promise<ExportPlace> {
    const { events, logger } = deps.ports;
    const letters = await DeadLetters.open({ folder: lettersFolder(deps.ports.folder), name: checked.name, logger });
    const opened = checked.isEnabled ? await OpenedDestination.open(checked, { ...deps, letters }) : undefined;
    return new ExportPlace(checked, letters, events.windowId, opened);
  }

  /** @throws BridgeError CONFLICT if it is off */
  get opened(): OpenedDestination {
    if (this.#opened !== undefined) return this.#opened;
    throw new BridgeError("CONFLICT", `The destination ${quote(this.checked.name)} is off: 'enabled' is false.`);
  }

  get record(): DestinationRecord {
    const { name, kind } = this.checked;
    return (
      this.#opened?.record ?? {
        name,
        kind,
        state: "off",
        waiting: { events: 0, oldestMs: 0 },
        sent: 0,
        refused: 0,
        dropped: 0,
        deadLetters: this.letters.count,
        windowId: this.#windowId,
      }
    );
  }

  /** The archive that it is, if it is one and on. */
  get archives(): readonly NamedArchive[] {
    const { name, kind } = this.checked;
    const archive = this.#opened?.archive;
    return archive === undefined ? [] : [{ name, kind, archive }];
  }

  /** See `OpenedDestination.flush`. */
  async flush(): Promise<void> {
    await this.#opened?.flush();
  }

  /** Ends it for good. */
  async remove(): Promise<void> {
    await this.#opened?.remove();
  }

  async dispose(): Promise<void> {
    await this.#opened?.dispose();
  }
}

/** The folder of the dead letters of all destinations. */
export function lettersFolder(folder: string): string {
  return join(folder, "dead-letters");
}

/** Returns the newest dead letters, without their content. */
export async function listLetters(letters: DeadLetters, limit: number): Promise<DeadLetterList> {
  const all = await letters.list();
  const newest = all.toReversed().slice(0, limit);
  return {
    deadLetters: newest.map(({ fact: { id, event }, reason, at }) => ({
      id,
      at: new Date(at).toISOString(),
      reason,
      eventType: event.type,
      ...("executionId" in event && { executionId: event.executionId }),
    })),
    total: all.length,
  };
}
