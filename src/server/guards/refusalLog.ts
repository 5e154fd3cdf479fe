import type { IncomingMessage } from "node:http";
import type { Logger } from "../../base/logger.ts";
import type { BridgeError, ErrorCode } from "../../protocol/errors.ts";
import { callerOf } from "../clients.ts";
import { pathOf } from "./guards.ts";

/** Lines a minute: who is refused may ask again at once, and for ever. */
const MAX_LINES = 30;
const WINDOW_MS = 60_000;
const LONGEST_PATH = 100;
/** A part of a path that is longer than any of ours may be anything: a token in the wrong place, a prompt. */
const FOREIGN_PART = /[^/]{41,}|[^\w/.~%-]/g;

/** Those that a person should see; others tell a program of its own mistakes. */
const notable: ReadonlySet<ErrorCode> = new Set(["AUTHENTICATION_FAILED", "ACCESS_DENIED", "RATE_LIMIT_EXCEEDED"]);

/** What was asked for, and by whom. */
export interface Refused {
  readonly caller: string;
  /** An HTTP method, or the name of one over a WebSocket. */
  readonly method: string;
  readonly path: string;
  readonly requestId?: string;
}

/** Tells the log of requests that were refused: one line each, at most 30 a minute. Nothing of what was sent is in it. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #isOpen: () => boolean;
  #windowEndsAt = 0;
  #lines = 0;
  #skipped = 0;

  /** @param isOpen false while the server checks itself, which is refused on purpose, and while it stops */
  constructor(logger: Logger, isOpen: () => boolean = () => true) {
    this.#logger = logger;
    this.#isOpen = isOpen;
  }

  note({ code, status, executionId, context }: BridgeError, refused: Refused, now = performance.now()): void {
    // Its stack is in the log already.
    if (code === "INTERNAL_ERROR" || !this.#isOpen()) return;
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

/** What a line says of a request over HTTP, or of an upgrade. */
export function refusedOf(request: IncomingMessage, requestId?: string): Refused {
  return {
    caller: callerOf(request),
    method: request.method ?? "",
    path: pathOf(request).replaceAll(FOREIGN_PART, "…").slice(0, LONGEST_PATH),
    ...(requestId !== undefined && { requestId }),
  };
}

/** The guard, or the pattern of the user's settings. */
function ruleOf(rule: unknown): string | undefined {
  if (typeof rule !== "object" || rule === null) return typeof rule === "string" ? rule : undefined;
  const pattern: unknown = Reflect.get(rule, "pattern");
  return typeof pattern === "string" ? pattern : String(Reflect.get(rule, "setting"));
}
