import type { ServerResponse } from "node:http";
import type { Counter, Meter } from "../../core/metrics/instruments.ts";
import type { Dialect } from "./errorBodies.ts";

/** Counts the requests of each gateway by how they ended. */
export class GatewayMetrics {
  #requests: Counter | undefined;

  register(meter: Meter): void {
    this.#requests = meter.counter(
      "kiro_bridge_gateway_requests_total",
      "Requests to the gateways, by gateway and outcome.",
    );
  }

  /** Counts a request when its response has ended. */
  watch(gateway: Dialect, response: ServerResponse): void {
    response.once("close", () => this.#requests?.add(1, { gateway, outcome: outcomeOf(response) }));
  }
}

function outcomeOf({ writableFinished, statusCode }: ServerResponse): string {
  if (!writableFinished) return "disconnected";
  if (statusCode < 400) return "answered";
  return statusCode < 500 ? "refused" : "failed";
}
