import { unavailable } from "../../src/protocol/unavailable.ts";
import type { OtherWindow, WindowAnswer, WindowCall } from "../../src/server/windows/windows.ts";
import { type KnownWindow, ReportedWindow } from "../../src/windows/group/knownWindow.ts";
import type { SimRequest } from "./requests.ts";
import type { SimLink } from "./machine/simLink.ts";

/** Another window as the owner calls it, without HTTP. */
export class SimOther extends ReportedWindow implements OtherWindow {
  readonly #link: SimLink;
  readonly #known: KnownWindow;

  constructor(link: SimLink, known: KnownWindow) {
    super(known);
    this.#known = known;
    this.#link = link;
  }

  get isResponding(): boolean {
    return this.#known.isResponding;
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
