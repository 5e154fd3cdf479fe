import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { CommandEntry, WindowRecord } from "../../protocol/status.ts";
import type { OtherWindow, WindowStatus } from "../../server/windows/windows.ts";

/** The state of another window, as the owner of the address knows it. */
export type KnownWindow = Pick<OtherWindow, "record" | "isResponding" | "active" | "status" | "commands">;

/** The part of a window that its messages have reported. */
export type ReportedState = Omit<KnownWindow, "isResponding">;

/** An `OtherWindow` as far as its messages have reported it. */
export abstract class ReportedWindow implements KnownWindow {
  abstract readonly isResponding: boolean;
  readonly #known: ReportedState;

  constructor(known: ReportedState) {
    this.#known = known;
  }

  get record(): WindowRecord {
    return this.#known.record;
  }

  active(): readonly ExecutionRecord[] {
    return this.#known.active();
  }

  status(): WindowStatus | undefined {
    return this.#known.status();
  }

  commands(): readonly CommandEntry[] {
    return this.#known.commands();
  }
}
