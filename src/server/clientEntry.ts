import type { IncomingMessage } from "node:http";
import type { Disposable } from "../base/disposables.ts";
import { type Principal, principalRef } from "../core/access/principal.ts";
import type { ClientKind, ClientRecord } from "../protocol/clients.ts";
import { knownPrincipalOf } from "./guards/principals.ts";
import { programOf } from "./guards/program.ts";

/** Number of events sent to clients, including those that have disconnected. */
export interface Traffic {
  sent: number;
  dropped: number;
}

export interface ClientEntryDeps {
  readonly totals: Traffic;
  readonly onEnd: () => void;
}

/** The entry of a client. Its connection updates and removes it. */
export class ClientEntry implements Disposable {
  readonly id: string;
  readonly kind: ClientKind;
  readonly name: string;
  /** Undefined for a program that asks to be let in. */
  readonly principal: Principal | undefined;
  readonly connectedAt = Date.now();
  readonly #deps: ClientEntryDeps;
  /** Epoch milliseconds. */
  lastSeenAt = this.connectedAt;
  #sent = 0;
  #dropped = 0;

  constructor(id: string, kind: ClientKind, request: IncomingMessage, deps: ClientEntryDeps) {
    this.id = id;
    this.kind = kind;
    this.name = programOf(request);
    this.principal = knownPrincipalOf(request);
    this.#deps = deps;
  }

  /** Records a sign of life. */
  seen(): void {
    this.lastSeenAt = Date.now();
  }

  sent(): void {
    this.#sent++;
    this.#deps.totals.sent++;
  }

  dropped(): void {
    this.#dropped++;
    this.#deps.totals.dropped++;
  }

  record(): ClientRecord {
    return {
      id: this.id,
      kind: this.kind,
      name: this.name,
      ...(this.principal !== undefined && { principal: principalRef(this.principal) }),
      connectedAt: new Date(this.connectedAt).toISOString(),
      lastSeenAt: new Date(this.lastSeenAt).toISOString(),
      eventsSent: this.#sent,
      eventsDropped: this.#dropped,
    };
  }

  dispose(): void {
    this.#deps.onEnd();
  }
}
