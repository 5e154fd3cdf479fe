import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "../../base/logger.ts";
import type { Principal } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { invalid } from "../../protocol/validate.ts";
import { toBridgeError } from "../http/errorHandler.ts";
import { pathOf } from "../guards/exempt.ts";
import type { Guards } from "../guards/guards.ts";
import { admitAs } from "../guards/principals.ts";
import type { Guarded } from "../http/resource.ts";
import { refuse } from "./rawAnswers.ts";
import type { RequestLimits } from "../limits/requestLimits.ts";
import { type RefusalLog, refusedOf } from "../guards/refusalLog.ts";
import { type Ownership, whenServing } from "./ownership.ts";
import type { Readiness } from "./readiness.ts";
import { isForwarded } from "../windows/linkConnections.ts";

/** Takes over a connection whose upgrade passed the guards. */
export type UpgradeRoute = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface UpgradeDeps {
  readonly guards: Guards;
  readonly readiness: Readiness;
  readonly requestLimits: RequestLimits;
  readonly logger: Logger;
  readonly refusals: RefusalLog;
  readonly ownership: Ownership;
  /** By path. */
  readonly routes: ReadonlyMap<string, Guarded<UpgradeRoute>>;
}

/**
 * Creates the handler of WebSocket upgrades, which applies the same guards and limit as for requests, and sends the
 * same error body.
 */
export function createUpgradeHandler(deps: UpgradeDeps): UpgradeRoute {
  const { guards, readiness, requestLimits, logger, refusals, ownership, routes } = deps;
  return (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const fail = (thrown: unknown): void => {
      const error = toBridgeError(thrown, logger);
      refusals.note(error, refusedOf(request));
      refuse(socket, error);
    };
    const route = routes.get(pathOf(request));
    const connect = (): void => {
      if (route === undefined) throw new BridgeError("NOT_FOUND", "There is no WebSocket at this path.");
      route(request, socket, head);
    };
    const connectWhenServing = (): void => {
      readiness.assertOpen();
      const waiting = whenServing(ownership, socket);
      if (waiting === undefined) connect();
      else waiting.then(connect).catch(fail);
    };
    const admit = (principal: Principal): void => {
      admitAs(request, principal);
      readiness.assertOpen();
      if (!isForwarded(request)) requestLimits.admit(principal);
      connectWhenServing();
    };
    // A client that left while its token was verified needs no connection.
    const admitUnlessGone = (principal: Principal): void => {
      if (socket.readable) admit(principal);
      else socket.destroy();
    };
    try {
      assertWebSocket(request);
      if (route?.scope === "public") {
        guards.assertProgram(request);
        connectWhenServing();
        return;
      }
      const principal = guards.authenticateUpgrade(request);
      if (principal instanceof Promise) principal.then(admitUnlessGone).catch(fail);
      else admit(principal);
    } catch (thrown) {
      fail(thrown);
    }
  };
}

/**
 * Rejects upgrades to other protocols. Newer versions of Node pass such a request to the application as a plain one.
 */
function assertWebSocket({ headers }: IncomingMessage): void {
  if (headers.upgrade?.toLowerCase() === "websocket") return;
  throw invalid("Upgrade", "enum", "websocket", "another protocol", "this server only supports HTTP/1.1 and WebSocket");
}
