import * as z from "zod";
import type { KiroBridgeError } from "../../../client/errors.ts";
import { failureOf } from "../../../client/http/failure.ts";
import type { Role } from "../../../protocol/access.ts";

/** The deadline of a call that waits for nobody, in milliseconds. */
const CALL_MS = 10_000;
/** The longest that one request waits for the user's decision, in seconds. */
const WAIT_S = 25;

const ownAccess = z.object({ id: z.string(), name: z.string() });
const ticket = z.object({ ticket: z.string() });
const pending = z.object({ code: z.string(), expiresAt: z.string() });
const allowed = z.object({ status: z.literal("allowed"), token: z.string() });

export type OwnAccess = z.infer<typeof ownAccess>;

export interface AskedPairing {
  /** The address of the decision. */
  readonly location: string;
  readonly code: string;
  readonly expiresAt: string;
}

/** The calls by which the page gets access, before it has its WebSocket. */
export class BridgeCalls {
  /** The address of the page, to which all others are relative: a proxy may have it under a longer path. */
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  /** Returns who the page is. Without a token: the owner, if the bridge requires none. @throws KiroBridgeError, TypeError */
  async whoAmI(token: string | undefined, signal: AbortSignal): Promise<OwnAccess> {
    return ownAccess.parse(await this.#json("api/kiro/access/me", { token, signal }));
  }

  /** Returns a ticket that opens the WebSocket once. @throws KiroBridgeError, TypeError */
  async ticket(token: string, signal: AbortSignal): Promise<string> {
    return ticket.parse(await this.#json("api/kiro/tickets", { token, signal, method: "POST" })).ticket;
  }

  /** Asks the user for access. @throws KiroBridgeError, TypeError */
  async ask(name: string, role: Role, signal: AbortSignal): Promise<AskedPairing> {
    const body = { name, role, reason: "Shows the dashboard in a browser" };
    const response = await this.#send("api/kiro/pair", { signal, method: "POST", body });
    const location = new URL(response.headers.get("Location") ?? "", this.#base).pathname.split("/").at(-1) ?? "";
    return { location: `api/kiro/pair/${location}`, ...pending.parse(await response.json()) };
  }

  /** Waits for the user's decision. @returns the token; undefined if it was not made yet @throws KiroBridgeError, TypeError */
  async decision(location: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#json(`${location}?wait=${WAIT_S}`, { signal, timeoutMs: WAIT_S * 1000 + CALL_MS });
    return allowed.safeParse(answer).data?.token;
  }

  /** Returns the address of the WebSocket. */
  socketUrl(path: string, ticketOfPage: string | undefined): string {
    const url = new URL(path, this.#base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (ticketOfPage !== undefined) url.searchParams.set("ticket", ticketOfPage);
    return url.href;
  }

  async #json(path: string, call: Call): Promise<unknown> {
    return (await this.#send(path, call)).json();
  }

  async #send(path: string, { token, signal, method = "GET", body, timeoutMs = CALL_MS }: Call): Promise<Response> {
    const response = await fetch(new URL(path, this.#base), {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      credentials: "omit",
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    throw failureOf(response, await response.text()) satisfies KiroBridgeError;
  }
}

interface Call {
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
  readonly method?: "GET" | "POST";
  readonly body?: object;
  readonly timeoutMs?: number;
}
