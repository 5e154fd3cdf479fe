import type { IncomingMessage } from "node:http";
import { isForwarded } from "../../../server/windows/linkConnections.ts";
import { callerOf } from "../../../server/guards/principals.ts";
import type { RefusalLog } from "../../../server/guards/refusalLog.ts";
import { refusedOf } from "../../../server/guards/refusalLog.ts";
import { toBridgeError } from "../../../server/http/errorHandler.ts";
import type { Logger } from "../../../base/logger.ts";
import type { Via } from "../../../core/access/principal.ts";
import type { BusSessions } from "../session/busSessions.ts";
import type { SessionCaller } from "../session/sessionCaller.ts";

/** Reads the bus on first use. @throws BridgeError KIRO_UNAVAILABLE while another window has the bus */
export type LoadSessions = () => Promise<Pick<BusSessions, "open" | "openStream" | "perform">>;

export interface CallerDeps {
  readonly logger: Logger;
  readonly refusals: RefusalLog;
}

/** Returns the sender of a request, as the bus knows it. @throws BridgeError AUTHENTICATION_FAILED if its access has ended */
export function sessionCallerOf(request: IncomingMessage, via: Via, { logger, refusals }: CallerDeps): SessionCaller {
  const { principal, via: entry } = callerOf(request, via);
  const refused = refusedOf(request);
  return {
    principal,
    isWindow: isForwarded(request) && entry === "editor",
    failed: (thrown, op) => {
      const error = toBridgeError(thrown, logger);
      refusals.note(error, { ...refused, via, method: op });
      return error;
    },
  };
}

/** Returns the parameters of a URL. */
export function parametersOf({ url = "" }: IncomingMessage): Record<string, string> {
  const query = url.indexOf("?");
  return query < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(query)));
}
