import type { Duplex } from "node:stream";
import type { IncomingMessage } from "node:http";
import { refuse } from "../../server/listen/rawAnswers.ts";
import type { OtherWindow } from "../../server/windows/windows.ts";
import { ReportedWindow } from "./knownWindow.ts";
import { notResponding } from "./windowTable.ts";

/** A window without a link: it does not respond, and may come back. */
export class AbsentWindow extends ReportedWindow implements OtherWindow {
  readonly isResponding = false;

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
