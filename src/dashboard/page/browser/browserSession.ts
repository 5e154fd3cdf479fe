import * as l10n from "@vscode/l10n";
import { type Disposable, DisposableStore, toDisposable } from "../../../base/disposables.ts";
import { startDeadline } from "../../../base/deadline.ts";
import { Emitter } from "../../../base/events.ts";
import { isKiroBridgeError } from "../../../client/errors.ts";
import type { Role } from "../../../protocol/access.ts";
import { SOCKET_PATH } from "../../contract/browser.ts";
import type { BridgeCalls } from "./bridgeCalls.ts";
import { askFailure, askForAccess, waitForDecision } from "./pairing.ts";
import type { SocketPage } from "./socketPage.ts";
import type { TokenStore, WaitingPairing } from "./tokenStore.ts";

/** The delays before attempts to connect again, in milliseconds; the last one repeats. */
const DELAYS_MS = [500, 1000, 2000, 4000, 8000, 15_000];
/** The timeout of a WebSocket's handshake, in milliseconds. */
const OPEN_MS = 10_000;
/** The close code of a connection that the user or the policy does not want. */
const UNWANTED = 1008;
const UNAUTHENTICATED = 4401;

export type SessionState =
  | { readonly kind: "connecting" }
  /** @property name of the client; undefined where no access is needed */
  | { readonly kind: "connected"; readonly name: string | undefined }
  | { readonly kind: "lost"; readonly reason: string; readonly retryAt: number }
  /** Another attempt would have the same result. */
  | { readonly kind: "stopped"; readonly reason: string }
  | { readonly kind: "unpaired"; readonly reason: string | undefined }
  | { readonly kind: "asking" }
  | { readonly kind: "waiting"; readonly pairing: WaitingPairing };

export interface BrowserSessionDeps {
  readonly calls: BridgeCalls;
  readonly store: TokenStore;
  readonly page: SocketPage;
  /** Begins again with an empty page: another client sees something else. */
  readonly reload: () => void;
  /** The origin of the page. */
  readonly origin: string;
}

/** The access and the connection of the page in a browser: pairs, connects, and connects again until it is disposed. */
export class BrowserSession implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: BrowserSessionDeps;
  readonly #changed = this.#store.add(new Emitter<SessionState>());
  readonly onDidChange = this.#changed.event;
  #state: SessionState = { kind: "connecting" };
  /** The present attempt, wait or connection. */
  #current = new AbortController();
  #attempts = 0;
  #retry: Disposable = toDisposable(() => undefined);

  constructor(deps: BrowserSessionDeps) {
    this.#deps = deps;
    this.#store.defer(() => void this.#begin());
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Goes on with a request that waits for the user's decision, or connects. */
  start(): void {
    const { pairing } = this.#deps.store;
    if (pairing === undefined || this.#deps.store.token !== undefined) this.connect();
    else void this.#waitFor(pairing, this.#begin());
  }

  /** Connects now. */
  connect(): void {
    void this.#connect(this.#begin());
  }

  /** Connects now, unless the page is connected, or is waiting for something else. */
  connectIfLost(): void {
    if (this.#state.kind === "lost") this.connect();
  }

  /** Ends the connection, which does not answer any more, and connects again. */
  drop(reason: string): void {
    this.#lose(reason);
  }

  /** @param keep the token for all tabs of the browser */
  async ask(role: Role, keep: boolean): Promise<void> {
    const signal = this.#begin();
    this.#become({ kind: "asking" });
    try {
      const pairing = { ...(await askForAccess(this.#deps.calls, role, signal)), keep };
      this.#deps.store.pairing = pairing;
      await this.#waitFor(pairing, signal);
    } catch (error) {
      if (!signal.aborted) this.#become({ kind: "unpaired", reason: askFailure(error) });
    }
  }

  /** Forgets the request for access, which ends when its time is over. */
  cancel(): void {
    this.#begin();
    this.#deps.store.pairing = undefined;
    this.#become({ kind: "unpaired", reason: undefined });
  }

  /** Ends the access of the page, also in the bridge if that can be reached. */
  forget(): void {
    this.#deps.page.post({ id: "forget", method: "forget" });
    this.#deps.store.forget();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  async #waitFor(pairing: WaitingPairing, signal: AbortSignal): Promise<void> {
    this.#become({ kind: "waiting", pairing });
    const outcome = await waitForDecision(this.#deps.calls, pairing, signal).catch(() => undefined);
    if (signal.aborted || outcome === undefined) return;
    this.#deps.store.pairing = undefined;
    if ("token" in outcome) {
      this.#deps.store.keep(outcome.token, pairing.keep);
      this.#deps.reload();
    } else this.#become({ kind: "unpaired", reason: outcome.reason });
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { calls, store } = this.#deps;
    const { token } = store;
    if (this.#state.kind !== "lost") this.#become({ kind: "connecting" });
    try {
      const { id, name } = await calls.whoAmI(token, signal);
      const isFree = id === "owner";
      const ticket = isFree || token === undefined ? undefined : await calls.ticket(token, signal);
      await this.#open(calls.socketUrl(SOCKET_PATH, ticket), isFree ? undefined : name, signal);
    } catch (error) {
      if (!signal.aborted) this.#fail(error, token !== undefined);
    }
  }

  #fail(error: unknown, hadToken: boolean): void {
    if (!isKiroBridgeError(error)) return this.#lose(l10n.t("The bridge does not answer."));
    if (error.code === "AUTHENTICATION_FAILED") {
      this.#deps.store.forget();
      const ended = l10n.t("The access of this page was revoked or has expired.");
      this.#become({ kind: "unpaired", reason: hadToken ? ended : undefined });
    } else if (error.code === "ACCESS_DENIED") this.#become({ kind: "stopped", reason: error.message });
    else this.#lose(error.message);
  }

  /** Resolves when the WebSocket is open, or has failed. */
  #open(url: string, name: string | undefined, signal: AbortSignal): Promise<void> {
    const { page } = this.#deps;
    const socket = new WebSocket(url);
    const { promise, resolve } = Promise.withResolvers<void>();
    let isOpen = false;
    const deadline = startDeadline(OPEN_MS, () => socket.close());
    signal.addEventListener("abort", () => socket.close(), { once: true });
    socket.addEventListener("open", () => {
      void deadline.dispose();
      if (signal.aborted) return socket.close();
      isOpen = true;
      this.#attempts = 0;
      page.attach(socket);
      this.#become({ kind: "connected", name });
      resolve();
    });
    socket.addEventListener("message", ({ data }) => !signal.aborted && page.receive(data));
    socket.addEventListener("close", ({ code, reason }) => {
      void deadline.dispose();
      resolve();
      if (signal.aborted) return;
      if (isOpen) this.#closed(code, reason);
      else if (name === undefined) this.#become({ kind: "stopped", reason: originNeeded(this.#deps.origin) });
      else this.#lose(l10n.t("The bridge has refused the connection."));
    });
    return promise;
  }

  #closed(code: number, reason: string): void {
    const words = reason === "" ? l10n.t("The bridge has ended the connection.") : reason;
    // The access has ended, so that nothing that it has shown may stay; the bridge says so once more.
    if (code === UNAUTHENTICATED) this.connect();
    else if (code === UNWANTED) {
      this.#begin();
      this.#become({ kind: "stopped", reason: words });
    } else this.#lose(words);
  }

  /** Connects again, after a delay that grows with each attempt. */
  #lose(reason: string): void {
    this.#begin();
    const delayMs = (DELAYS_MS[this.#attempts] ?? DELAYS_MS.at(-1) ?? 0) * (0.75 + Math.random() / 2);
    this.#attempts = Math.min(this.#attempts + 1, DELAYS_MS.length);
    this.#become({ kind: "lost", reason, retryAt: Date.now() + delayMs });
    this.#retry = startDeadline(delayMs, () => this.connect());
  }

  /** Ends what is under way. @returns the signal of what begins now */
  #begin(): AbortSignal {
    void this.#retry.dispose();
    this.#current.abort();
    this.#deps.page.detach();
    this.#current = new AbortController();
    return this.#current.signal;
  }

  #become(state: SessionState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}

function originNeeded(origin: string): string {
  return l10n.t(
    "This bridge requires no token (kiroBridge.auth.mode is “none”). It then lets only those pages connect whose address is in kiroBridge.api.allowedOrigins: add {0} there.",
    origin,
  );
}
