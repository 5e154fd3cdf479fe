import type { Duplex } from "node:stream";
import type { IncomingMessage } from "node:http";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { CommandEntry, WindowRecord } from "../../protocol/status.ts";
import { refuse } from "../../server/listen/rawAnswers.ts";
import type { OtherWindow, WindowStatus } from "../../server/windows/windows.ts";
import { notResponding } from "./windowTable.ts";

/** The state of another window, as the owner of the address knows it. */
export type KnownWindow = Pick<OtherWindow, "record" | "isResponding" | "active" | "status" | "commands">;

/** A window without a link: it does not respond, and may come back. */
export class AbsentWindow implements OtherWindow {
  readonly isResponding = false;
  readonly #known: KnownWindow;

  constructor(known: KnownWindow) {
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

  forward(): Promise<never> {
    return Promise.reject(notResponding(this.record));
  }

  forwardUpgrade(_request: IncomingMessage, socket: Duplex): void {
    refuse(socket, notResponding(this.record));
  }

  call(): Promise<never> {
    return Promise.reject(notResponding(this.record));
  }
}
