import { within } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";
import { messageOf } from "../../protocol/errors.ts";

/** The editor may have to ask a tunnel service, or the user. */
const TIMEOUT_MS = 10_000;
const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The address of the bridge from the machine in front of which the user sits. `remote` names the kind of connection. */
export type ExternalState =
  /** The window runs on that machine. */
  | { readonly kind: "local" }
  | { readonly kind: "pending"; readonly remote: string }
  /** `missingHost`: a host that must be added to `api.allowedHosts`, or the bridge rejects requests to this address. */
  | { readonly kind: "known"; readonly remote: string; readonly url: string; readonly missingHost?: string }
  | { readonly kind: "unknown"; readonly remote: string; readonly reason: string };

export interface ExternalAddressDeps {
  /** The kind of remote machine on which the window runs; undefined for none. */
  readonly remoteName: string | undefined;
  /** Has the editor forward a URL of this machine. @returns the URL for the user's own computer */
  readonly asExternalUrl: (url: string) => PromiseLike<string>;
  readonly address: Pick<BridgeAddress, "url" | "onDidChange">;
  /** Returns the present access settings. */
  readonly access: () => { readonly authMode: "token" | "none"; readonly allowedHosts: readonly string[] };
  readonly logger: Logger;
  readonly timeoutMs?: number;
}

/** Finds the address that works from the user's own computer if the window runs in WSL, over SSH, in a container or in a codespace. */
export class ExternalAddress implements Disposable {
  readonly #deps: ExternalAddressDeps;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  /** The URL of this machine for which the external one was requested last. */
  #requested: string | undefined;
  #state: ExternalState = { kind: "local" };

  constructor(deps: ExternalAddressDeps) {
    this.#deps = deps;
    this.#store.add(deps.address.onDidChange(() => void this.#follow()));
    void this.#follow();
  }

  get state(): ExternalState {
    const state = this.#state;
    if (state.kind !== "known") return state;
    const missingHost = missingHostOf(state.url, this.#deps.address.url, this.#deps.access().allowedHosts);
    return missingHost === undefined ? state : { ...state, missingHost };
  }

  /** Asks the editor again if it did not know the address. */
  async retry(): Promise<void> {
    if (this.#state.kind !== "unknown") return;
    this.#requested = undefined;
    await this.#follow();
  }

  dispose(): Promise<void> {
    this.#requested = undefined;
    return this.#store.dispose();
  }

  async #follow(): Promise<void> {
    const { remoteName: remote, address, logger } = this.#deps;
    const { url } = address;
    if (remote === undefined || url === this.#requested) return;
    this.#requested = url;
    this.#become({ kind: "pending", remote });
    const state = await this.#ask(url, remote);
    // The address may have moved in the meantime, or the bridge may be off.
    if (this.#requested !== url) return;
    if (state.kind === "unknown") logger.warn("The editor has not forwarded the address", { url, error: state.reason });
    this.#become(state);
  }

  async #ask(url: string, remote: string): Promise<ExternalState> {
    const { asExternalUrl, access, timeoutMs = TIMEOUT_MS } = this.#deps;
    if (access().authMode === "none")
      return { kind: "unknown", remote, reason: "the port is not forwarded while no token is required." };
    try {
      const external = await within(asExternalUrl(url), timeoutMs, undefined);
      if (external === undefined) return { kind: "unknown", remote, reason: "the editor has not responded." };
      return { kind: "known", remote, url: new URL(external).href.replace(/\/$/, "") };
    } catch (error) {
      return { kind: "unknown", remote, reason: messageOf(error) };
    }
  }

  #become(state: ExternalState): void {
    this.#state = state;
    this.#changed.fire();
  }
}

/** Returns the host of the external address if the bridge would reject it (docs/wire-contract.md#2-guards). */
function missingHostOf(external: string, own: string, allowedHosts: readonly string[]): string | undefined {
  const { host, hostname, port } = new URL(external);
  if (loopbackNames.has(hostname) && port === new URL(own).port) return undefined;
  const allowed = new Set(allowedHosts.map((each) => each.trim().toLowerCase()));
  return allowed.has(host) || allowed.has(hostname) ? undefined : hostname;
}
