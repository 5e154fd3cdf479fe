import { bridgeStopping, unavailable } from "../../protocol/unavailable.ts";
import type { Health } from "../../protocol/status.ts";

/**
 * The state of the server: `starting` until it has checked its own guards, then `open`, then `stopping`. Reported by
 * `GET /health`.
 */
export class Readiness {
  #phase: "starting" | "open" | "stopping" = "starting";
  #address: { readonly host: string; readonly port: number; readonly since: number } | undefined;

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  listensAt(host: string, port: number): void {
    const isSame = this.#address?.host === host && this.#address.port === port;
    if (!isSame) this.#address = { host, port, since: Date.now() };
  }

  /** Opens the server unless it is stopping. */
  open(): void {
    if (this.#phase === "starting") this.#phase = "open";
  }

  stop(): void {
    this.#phase = "stopping";
  }

  /** @throws BridgeError KIRO_UNAVAILABLE */
  assertOpen(): void {
    if (this.isOpen) return;
    throw this.#phase === "stopping" ? bridgeStopping() : unavailable("bridge-starting", "The bridge is starting.");
  }

  /** @param isWindowConnected true if editor commands can be run */
  health(isWindowConnected: boolean): Health {
    const reason = this.#phase === "open" ? (isWindowConnected ? undefined : "window_disconnected") : this.#phase;
    return {
      status: reason === undefined ? "healthy" : "unhealthy",
      ...(reason !== undefined && { reason }),
      timestamp: new Date().toISOString(),
      server: {
        running: this.isOpen,
        ...(this.#address !== undefined && {
          port: this.#address.port,
          host: this.#address.host,
          uptime: Math.floor((Date.now() - this.#address.since) / 1000),
        }),
      },
    };
  }
}
