import type { IncomingMessage } from "node:http";
import { type AuditSink, noAudit } from "../../core/access/audit.ts";
import type { Principal, Via } from "../../core/access/principal.ts";
import type { Logger } from "../../base/logger.ts";
import type { BridgeError, ErrorCode } from "../../protocol/errors.ts";
import { programOf, SELF_CHECK } from "./program.ts";
import { pathOf } from "./exempt.ts";
import { admittedPrincipal } from "./principals.ts";

/** Maximum number of lines per minute, because a rejected client may retry in an endless loop. */
const MAX_LINES = 30;
const WINDOW_MS = 60_000;
const LONGEST_PATH = 100;
/** Parts of a path to mask. None of our paths has a part this long; it may be a misplaced token or a prompt. */
const FOREIGN_PART = /[^/]{41,}|[^\w/.~%-]/g;

/** Errors that are logged as warnings. Others are mistakes of the client. */
const notable: ReadonlySet<ErrorCode> = new Set(["AUTHENTICATION_FAILED", "ACCESS_DENIED", "RATE_LIMIT_EXCEEDED"]);

/** The rejected request and its client. */
export interface Refused {
  readonly caller: string;
  /** Undefined without a valid token. */
  readonly by: Principal | undefined;
  readonly via: Via;
  /** The HTTP method, or the name of a WebSocket method. */
  readonly method: string;
  readonly path: string;
  readonly requestId?: string;
}

/**
 * Logs rejected requests: one line each, at most 30 per minute, without anything that the client sent; but not those with
 * which the server checks its own guards, which are meant to be rejected.
 */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #isOpen: () => boolean;
  readonly #audit: AuditSink;
  #windowEndsAt = 0;
  #lines = 0;
  #skipped = 0;

  /** @param isOpen false while the server starts or stops */
  constructor(logger: Logger, isOpen: () => boolean = () => true, audit = noAudit) {
    this.#logger = logger;
    this.#audit = audit;
    this.#isOpen = isOpen;
  }

  note(error: BridgeError, { by, via, ...refused }: Refused, now = performance.now()): void {
    const { code, status, executionId, context } = error;
    // Already logged, with its stack.
    if (code === "INTERNAL_ERROR" || !this.#isOpen()) return;
    if (refused.caller === SELF_CHECK) return;
    const { caller: program, method, path } = refused;
    this.#audit.note({ kind: "request-refused", by, via, program, what: `${method} ${path}`, error });
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + WINDOW_MS;
      this.#lines = 0;
    }
    if (++this.#lines > MAX_LINES) {
      this.#skipped++;
      return;
    }
    const skipped = this.#skipped;
    this.#skipped = 0;
    const facts = {
      code,
      status,
      executionId,
      rule: ruleOf(context?.["rule"]),
      ...refused,
      ...(skipped > 0 && { skipped }),
    };
    if (notable.has(code)) this.#logger.info("A request was rejected", facts);
    else this.#logger.debug("A request was rejected", facts);
  }
}

/** Describes a rejected HTTP request or upgrade. */
export function refusedOf(request: IncomingMessage, requestId?: string): Refused {
  return {
    caller: programOf(request),
    by: admittedPrincipal(request),
    via: viaOf(request),
    method: request.method ?? "",
    path: pathOf(request).replaceAll(FOREIGN_PART, "…").slice(0, LONGEST_PATH),
    ...(requestId !== undefined && { requestId }),
  };
}

function viaOf(request: IncomingMessage): Via {
  if (request.headers.upgrade === undefined) return "http";
  return pathOf(request) === "/terminal" ? "terminal" : "websocket";
}

/** Returns the guard, or the pattern of the user's settings. */
function ruleOf(rule: unknown): string | undefined {
  if (typeof rule !== "object" || rule === null) return typeof rule === "string" ? rule : undefined;
  const pattern: unknown = Reflect.get(rule, "pattern");
  return typeof pattern === "string" ? pattern : String(Reflect.get(rule, "setting"));
}
