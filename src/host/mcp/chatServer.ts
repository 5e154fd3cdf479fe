import { hash } from "node:crypto";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";
import type { Settings } from "../../bridge/settingsTable.ts";
import type { ChatToken } from "./chatToken.ts";

/** The MCP server of this window, as the editor's own chat connects to it. */
export interface ChatServerEntry {
  readonly url: string;
  /** Without the token. */
  readonly headers: Readonly<Record<string, string>>;
  /** Another one when the tools have changed, or the connection must be made again. */
  readonly version: string;
}

export interface ChatServerDeps {
  readonly token: Pick<ChatToken, "isAvailable" | "wasRevoked" | "get" | "renew" | "generation" | "onDidChange">;
  readonly address: Pick<BridgeAddress, "url" | "onDidChange">;
  /** The settings, which may change at any time. */
  readonly settings: () => Pick<Settings, "auth.mode" | "gateways.mcp.enabled" | "mcp.pinnedCommands">;
  readonly windowId: string;
  /** The version of the extension. */
  readonly version: string;
}

/** Says whether and how the editor's own chat reaches the MCP server of this window. */
export class ChatServer implements Disposable {
  readonly #deps: ChatServerDeps;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  /** Fires when the entry may be another one. */
  readonly onDidChange = this.#changed.event;
  #url: string;

  constructor(deps: ChatServerDeps) {
    this.#deps = deps;
    this.#url = deps.address.url;
    this.#store.add(deps.token.onDidChange(() => this.#changed.fire()));
    this.#store.add(deps.address.onDidChange(() => this.#noticeAddress()));
  }

  /** Returns undefined if there is no such server for the chat: it is off, or its access was revoked. */
  async describe(): Promise<ChatServerEntry | undefined> {
    const { address, token, windowId } = this.#deps;
    if (!this.#deps.settings()["gateways.mcp.enabled"]) return undefined;
    if (this.#needsToken() && !(await token.isAvailable())) return undefined;
    // At a shared address, the header finds this window.
    return { url: `${address.url}/mcp`, headers: { "X-Kiro-Window": windowId }, version: this.#version() };
  }

  /** Returns the headers with the token. @throws BridgeError ACCESS_DENIED if the access was revoked */
  async authorize(headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    if (!this.#needsToken()) return { ...headers };
    return { ...headers, Authorization: `Bearer ${await this.#deps.token.get()}` };
  }

  /** Returns true if the chat has no access because the user has revoked it. */
  wasRevoked(): Promise<boolean> {
    return this.#deps.token.wasRevoked();
  }

  /** Lets the chat in again after its access was revoked. */
  renew(): Promise<void> {
    return this.#deps.token.renew();
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #needsToken(): boolean {
    return this.#deps.settings()["auth.mode"] !== "none";
  }

  #version(): string {
    const { settings, token, version } = this.#deps;
    const tools = hash("sha256", JSON.stringify(settings()["mcp.pinnedCommands"]), "hex").slice(0, 8);
    return `${version}-${tools}-${token.generation}`;
  }

  /** Windows come and go at an address more often than it moves. */
  #noticeAddress(): void {
    if (this.#deps.address.url === this.#url) return;
    this.#url = this.#deps.address.url;
    this.#changed.fire();
  }
}
