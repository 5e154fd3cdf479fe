import { DiscoveredEndpoint } from "../../../client/discovery/discoveredEndpoint.ts";
import { proveBridge } from "../../../client/discovery/proof.ts";
import { type Endpoint, FixedEndpoint } from "../../../client/http/endpoint.ts";
import type { BridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";

/** The bridge to connect to. */
export type BridgeChoice =
  /** The one at an address that the program knows. */
  | { readonly kind: "address"; readonly url: string; readonly token: string | undefined }
  /** The one of the discovery folder. */
  | { readonly kind: "discovered"; readonly token: string | undefined }
  /** The one that has started this process as a plugin, and the window that takes its address over. */
  | { readonly kind: "supervisor"; readonly url: string | undefined; readonly token: string };

export interface BusAddress {
  readonly url: string;
  readonly token: string | undefined;
}

/** A window that has taken over the address, or did not create the token, knows it within this time, in milliseconds. */
const PATIENCE_MS = 5000;

/**
 * Finds the bridge for each connection. After a connection has failed, or was lost, another program may listen at the
 * address: unless the program has named the address, the bridge must prove itself before it gets the token again.
 */
export class BusEndpoint {
  readonly #choice: BridgeChoice;
  #discovered: Endpoint | undefined;
  #isFirst = true;
  /** True if the bridge has let this process in, or has started it. */
  #isKnown: boolean;
  #offlineSince: number | undefined;

  constructor(choice: BridgeChoice) {
    this.#choice = choice;
    this.#isKnown = choice.kind === "supervisor";
  }

  /** @throws KiroBridgeError if no bridge is found */
  async next(): Promise<BusAddress> {
    const { kind, token } = this.#choice;
    if (kind === "address") {
      const endpoint = new FixedEndpoint(this.#choice.url, token);
      return { url: endpoint.url, token };
    }
    const { url } = kind === "supervisor" ? this.#choice : { url: undefined };
    if (url === undefined || token === undefined) return await this.#discover();
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst) return { url, token };
    return await this.#discover().catch(async () => {
      await proveBridge(url, token, {});
      return { url, token };
    });
  }

  connected(): void {
    this.#isKnown = true;
    this.#offlineSince = undefined;
    this.#discovered?.reached(true);
  }

  /** Returns the error of a connection that has failed or was lost: a recoverable one where the next may succeed. */
  disconnected(error: BridgeError): BridgeError {
    this.#discovered?.reached(false);
    const now = performance.now();
    this.#offlineSince ??= now;
    if (error.recoverable || !this.#isKnown || this.#choice.kind === "address") return error;
    const isTemporary = ["AUTHENTICATION_FAILED", "NOT_FOUND"].includes(error.code);
    if (!isTemporary || now - this.#offlineSince > PATIENCE_MS) return error;
    return unavailable("bridge-off", error.message);
  }

  async #discover(): Promise<BusAddress> {
    const { token: own } = this.#choice;
    this.#discovered ??= await DiscoveredEndpoint.find({ token: own });
    const token = await this.#discovered.token();
    return { url: this.#discovered.url, token };
  }
}
