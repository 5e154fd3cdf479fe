import type { ExecutionRecord } from "../../src/protocol/executions.ts";
import type { CommandEntry, WindowRecord } from "../../src/protocol/status.ts";
import { unavailable } from "../../src/protocol/unavailable.ts";
import type { OtherWindow, WindowAnswer, WindowCall, WindowStatus } from "../../src/server/windows/windows.ts";
import type { KnownWindow } from "../../src/windows/group/absentWindow.ts";
import type { SimRequest } from "./requests.ts";
import type { SimLink } from "./machine/simLink.ts";

/** Another window as the owner calls it, without HTTP. */
export class SimOther implements OtherWindow {
  readonly #link: SimLink;
  readonly #known: KnownWindow;

  constructor(link: SimLink, known: KnownWindow) {
    this.#link = link;
    this.#known = known;
  }

  get record(): WindowRecord {
    return this.#known.record;
  }

  get isResponding(): boolean {
    return this.#known.isResponding;
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

  async call({ path, body }: WindowCall): Promise<WindowAnswer> {
    try {
      return await this.#link.call({ path, body: body as SimRequest });
    } catch {
      throw unavailable("window-gone", "The window has ended, or does not respond any more.");
    }
  }

  forward(): never {
    throw new Error("The simulation has no HTTP.");
  }

  forwardUpgrade(): never {
    throw new Error("The simulation has no HTTP.");
  }
}
