import { onAbort } from "../../../base/abort.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { Session } from "./session.ts";

type GateState =
  | { readonly kind: "closed"; readonly reason: string }
  | { readonly kind: "open"; readonly session: Session }
  /** There is a connection, but its server has no JetStream. */
  | { readonly kind: "refused"; readonly reason: string };

/** Hands out the session of the connection that there is, or has callers wait for the next one. */
export class SessionGate {
  #state: GateState = { kind: "closed", reason: "the NATS server was not reached yet" };
  readonly #waiting = new Set<PromiseWithResolvers<Session>>();

  /** @throws BridgeError KIRO_UNAVAILABLE at once without JetStream, otherwise when the signal aborts */
  async session(signal: AbortSignal): Promise<Session> {
    if (this.#state.kind === "open") return this.#state.session;
    if (this.#state.kind === "refused" || signal.aborted) throw this.#unavailable(this.#state.reason);
    const waiting = Promise.withResolvers<Session>();
    this.#waiting.add(waiting);
    const listening = onAbort(signal, () => waiting.reject(this.#unavailable(this.#reason)));
    try {
      return await waiting.promise;
    } finally {
      this.#waiting.delete(waiting);
      void listening.dispose();
    }
  }

  open(session: Session): void {
    this.#state = { kind: "open", session };
    for (const { resolve } of this.#waiting) resolve(session);
  }

  refuse(reason: string): void {
    this.#state = { kind: "refused", reason };
    for (const { reject } of this.#waiting) reject(this.#unavailable(reason));
  }

  close(reason: string): void {
    this.#state = { kind: "closed", reason };
  }

  get #reason(): string {
    return this.#state.kind === "open" ? "the NATS server does not answer" : this.#state.reason;
  }

  #unavailable(reason: string): BridgeError {
    return new BridgeError("KIRO_UNAVAILABLE", `Durable messages are not available: ${reason}.`, { reason: "nats" });
  }
}
