import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Event } from "../../base/events.ts";
import type { ClientKind } from "../../protocol/clients.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { PlaceQuery } from "../../protocol/windows/place.ts";
import type { ClientRegistry } from "../clients.ts";
import { callerOf, principalOf } from "../guards/principals.ts";
import type { Answer } from "../http/answers.ts";
import { readJsonBytes } from "../http/jsonBody.ts";
import type { Budgeted } from "../limits/budgets.ts";
import { isForwarded } from "./linkConnections.ts";
import { ReadBody } from "./readBody.ts";
import {
  type Destination,
  type ForwardOptions,
  noOtherWindows,
  type OtherWindow,
  type Place,
  type PlaceKey,
  type Reach,
  type Windows,
} from "./windows.ts";

export interface PlacementDeps {
  readonly windows: Windows;
  readonly clients: Pick<ClientRegistry, "connect">;
}

export interface PlacementOptions {
  /** The ID of this window. */
  readonly windowId: string;
  readonly maxBodyBytes: number;
}

/** The way to read a request, and to select its window. */
export interface PlacedReading<T> {
  /** @throws BridgeError VALIDATION_FAILED */
  readonly parse: (body: unknown) => T;
  readonly select: (body: T) => Destination | Promise<Destination>;
  /** The kind of connection that the response is. Default: none. */
  readonly connection?: ClientKind | undefined;
}

/** A request for this window. */
export interface Placed<T> {
  readonly body: T;
  readonly destination: Exclude<Destination, { readonly kind: "window" }>;
}

/** Finds the window of each request, and sends it there. A request that another window has forwarded is for this one. */
export class Placement {
  readonly #deps: PlacementDeps;
  /** The ID of this window. */
  readonly windowId: string;
  readonly #maxBodyBytes: number;

  constructor(deps: PlacementDeps, { windowId, maxBodyBytes }: PlacementOptions) {
    this.#deps = deps;
    this.windowId = windowId;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** True if another window at the address has an editor. */
  get hasOtherEditor(): boolean {
    return this.#deps.windows.others.some(({ record }) => record.kind !== "server");
  }

  /** Fires when a window at the address has joined, left or changed. */
  get onDidChangeWindows(): Event<void> {
    return this.#deps.windows.onDidChange;
  }

  /** Returns the windows that a response covers: the response to a forwarded request covers this one only. */
  windowsFor(request: IncomingMessage): Windows {
    return isForwarded(request) ? noOtherWindows : this.#deps.windows;
  }

  /** @throws BridgeError as `callerOf` does */
  reachOf(request: IncomingMessage): Reach {
    return { windows: this.windowsFor(request), caller: callerOf(request) };
  }

  /** Returns the other windows that a response covers. */
  othersFor(request: IncomingMessage): readonly OtherWindow[] {
    return this.windowsFor(request).others;
  }

  /** Selects the window that a query names; undefined if it names none. @throws BridgeError as `destinationOf` does */
  async ofQuery(request: IncomingMessage, { windowId, workspacePath }: PlaceQuery): Promise<Destination | undefined> {
    if (windowId === undefined && workspacePath === undefined) return undefined;
    return this.destinationOf(request, { windowId, workspacePath });
  }

  /**
   * Selects the window of a request, and records it for its key.
   * @throws BridgeError as `Windows.destinationOf` does
   */
  destinationOf(
    request: IncomingMessage,
    { windowId, workspacePath }: Place,
    idempotencyKey?: string,
  ): Destination | Promise<Destination> {
    const key =
      idempotencyKey === undefined ? undefined : { principalId: principalOf(request).id, key: idempotencyKey };
    return this.destinationIn(this.windowsFor(request), { windowId, workspacePath }, key);
  }

  /** Selects one of the windows. @throws BridgeError as `destinationOf` does */
  destinationIn(windows: Windows, place: Place, key?: PlaceKey): Destination | Promise<Destination> {
    const found = windows.destinationOf(place, key);
    // Not waiting saves a tenth of the time of a small command.
    if (found instanceof Promise) return found.then((destination) => this.#checked(destination, place.windowId));
    return this.#checked(found, place.windowId);
  }

  /**
   * Reads the body of a request that may be for another window.
   * @returns undefined if the request was sent there, and has been answered
   * @throws BridgeError as `readJson` and `OtherWindow.forward` do
   */
  async read<T>(
    request: IncomingMessage & Budgeted,
    response: Answer,
    reading: PlacedReading<T>,
  ): Promise<Placed<T> | undefined> {
    const received = await this.#receive(request, reading);
    if (!("window" in received)) return received;
    const { window, body } = received;
    try {
      await this.forward(request, response, window, { body, connection: reading.connection });
    } finally {
      body.release();
    }
    return undefined;
  }

  /**
   * Sends a request to another window, and its response to the client.
   * @throws BridgeError as `OtherWindow.forward` does
   */
  async forward(
    request: IncomingMessage,
    response: Answer,
    window: OtherWindow,
    { connection, ...options }: ForwardOptions & { readonly connection?: ClientKind | undefined } = {},
  ): Promise<void> {
    if (connection === undefined) return window.forward(request, response, options);
    const client = this.#deps.clients.connect(connection, request, () => response.destroy());
    try {
      await window.forward(request, response, options);
    } finally {
      client.dispose();
    }
  }

  /** Sends an upgrade to another window, and connects both. @throws BridgeError as `OtherWindow.forwardUpgrade` does */
  forwardUpgrade(
    window: OtherWindow,
    { request, socket, head }: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  ): void {
    const client = this.#deps.clients.connect("terminal", request, () => socket.destroy());
    socket.once("close", () => client.dispose());
    window.forwardUpgrade(request, socket, head);
  }

  /** @throws BridgeError NOT_FOUND for the ID of another window, if this one is the only one */
  #checked(destination: Destination, windowId: string | undefined): Destination {
    if (destination.kind !== "here" || windowId === undefined || windowId === this.windowId) return destination;
    throw new BridgeError("NOT_FOUND", "There is no window with this ID.");
  }

  async #receive<T>(
    request: IncomingMessage & Budgeted,
    { parse, select }: PlacedReading<T>,
  ): Promise<Placed<T> | { readonly window: OtherWindow; readonly body: ReadBody }> {
    const { bytes, value } = await readJsonBytes(request, this.#maxBodyBytes);
    const body = parse(value);
    const selected = select(body);
    const destination = selected instanceof Promise ? await selected : selected;
    if (destination.kind !== "window") return { body, destination };
    const share = request.app.locals.incoming?.shareOf(principalOf(request));
    return { window: destination.window, body: new ReadBody(bytes, share) };
  }
}
