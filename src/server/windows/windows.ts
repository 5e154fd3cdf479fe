import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Event, noEvent } from "../../base/events.ts";
import type { Caller } from "../../core/access/principal.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { BridgeStatus, CommandEntry, WindowListing, WindowRecord } from "../../protocol/status.ts";
import type { Answer } from "../http/answers.ts";
import type { ReadBody } from "./readBody.ts";

/** Timeout in milliseconds for the response to a GET to begin. */
export const GET_TIMEOUT_MS = 10_000;

/** A request to an endpoint of another window. */
export interface WindowCall {
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  /** Path and query. */
  readonly path: string;
  readonly caller: Caller;
  /** A JSON value. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: 10 s for a GET, none otherwise. */
  readonly timeoutMs?: number;
  /** Maximum size of the response. Default: 8 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ForwardOptions {
  /** The body, if it was read already. */
  readonly body?: ReadBody | undefined;
  /** Until the response begins. Default: 10 s for a GET, none otherwise. */
  readonly timeoutMs?: number | undefined;
}

export interface WindowAnswer {
  readonly status: number;
  readonly body: string;
}

export type WindowStatus = Omit<BridgeStatus, "availableCommands" | "windows">;

/** Another window at the address, as the owner of the address calls it. */
export interface OtherWindow {
  readonly record: WindowRecord;
  /** False while it sends no heartbeat. Its calls are then rejected. */
  readonly isResponding: boolean;
  /** Returns what is running there, oldest first, as its events have reported it. */
  active(): readonly ExecutionRecord[];
  /** Undefined until it has sent it. */
  status(): WindowStatus | undefined;
  commands(): readonly CommandEntry[];
  /**
   * Sends a request to the window, with its caller, and its response to the client. Ends the request in the window if the
   * client disconnects. Resolves when it has received everything.
   * @throws BridgeError KIRO_UNAVAILABLE with the cause `window-gone` if the window ends before its response has begun,
   * OPERATION_TIMEOUT, RATE_LIMIT_EXCEEDED; AUTHENTICATION_FAILED if the access of the client has ended in the meantime
   */
  forward(request: IncomingMessage, response: Answer, options?: ForwardOptions): Promise<void>;
  /** Sends an upgrade to the window, and connects both sockets. */
  forwardUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Calls an endpoint of the window. @throws BridgeError KIRO_UNAVAILABLE (`window-gone`), OPERATION_TIMEOUT */
  call(call: WindowCall): Promise<WindowAnswer>;
}

/** The fields of a request that select its window. */
export interface Place {
  readonly windowId?: string | undefined;
  readonly workspacePath?: string | undefined;
}

/** A request with an idempotency key: it goes where an earlier one with this key went. */
export interface PlaceKey {
  readonly principalId: string;
  readonly key: string;
}

export type Destination =
  | { readonly kind: "here" }
  | { readonly kind: "window"; readonly window: OtherWindow }
  /** The window that had the key has ended. */
  | { readonly kind: "past"; readonly execution: Answerable };

/** The windows at the address. A window that is not its owner, or is alone, has no others. */
export interface Windows {
  /** In the order in which they joined. */
  readonly others: readonly OtherWindow[];
  /** Fires when a window has joined, left or changed. */
  readonly onDidChange: Event<void>;
  /** All windows, this one included. */
  list(): readonly WindowListing[];
  /**
   * Selects the window of a request (docs/wire-contract.md#49-windows), and records it for its key before anything runs.
   * @throws BridgeError NOT_FOUND for an unknown window, or a path in no window (with the open folders);
   * KIRO_UNAVAILABLE (`window-gone`) if the window does not respond now
   */
  destinationOf(place: Place, key?: PlaceKey): Destination | Promise<Destination>;
  /** Returns the window that has an execution; undefined: this one, or none. */
  ofExecution(executionId: string): OtherWindow | undefined;
}

/** The windows that a request covers, and its caller. */
export interface Reach {
  readonly windows: Windows;
  readonly caller: Caller;
}

/** The request is for this window. */
export const here: Destination = { kind: "here" };

/** Serves as `Windows` where there are none: all requests are for this window. */
export const noOtherWindows: Windows = {
  others: [],
  onDidChange: noEvent,
  list: () => [],
  destinationOf: () => here,
  ofExecution: () => undefined,
};
