import type { Disposable } from "../../base/disposables.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import type { LentServers } from "../turns/lending.ts";
import type { ConversationRecord } from "../turns/overview.ts";
import type { Turns } from "../turns/turn.ts";
import type { GatewayHandler, OperationName } from "./operations.ts";

/** The gateways of OpenAI and Anthropic. */
export interface Gateways extends Disposable {
  /** Returns the conversations of this window. */
  overview(): readonly ConversationRecord[];
  readonly turns: Turns;
  readonly handlers: Readonly<Record<OperationName, GatewayHandler>>;
  dispose(): Promise<void>;
}

/** The MCP gateway. */
export interface Mcp extends Disposable {
  /** `POST`, `GET` and `DELETE /mcp`. */
  readonly serve: GatewayHandler;
  /** Every method of `/mcp/lent/{windowId}/{id}`, whose token it checks. */
  readonly serveLent: GatewayHandler;
  readonly lentServers: LentServers;
  dispose(): Promise<void>;
}

interface Libraries {
  gateways: Gateways;
  mcp: Mcp;
}

type Loaders = { readonly [Name in keyof Libraries]: () => Promise<Libraries[Name]> };

/** The bundles of the gateways, each read on its first use. */
export class LateLibraries implements Disposable {
  readonly #loaders: Loaders;
  #overview: Gateways["overview"] = () => [];
  readonly #loading: { [Name in keyof Libraries]?: Promise<Libraries[Name]> } = {};
  #hasEnded = false;

  constructor(loaders: Loaders) {
    this.#loaders = loaders;
  }

  /** @throws BridgeError KIRO_UNAVAILABLE once the bridge stops */
  async gateways(): Promise<Gateways> {
    this.#assertOpen();
    const gateways = await (this.#loading.gateways ??= this.#loaders.gateways());
    this.#overview = () => gateways.overview();
    return gateways;
  }

  /** @throws BridgeError KIRO_UNAVAILABLE once the bridge stops */
  async mcp(): Promise<Mcp> {
    this.#assertOpen();
    return await (this.#loading.mcp ??= this.#loaders.mcp());
  }

  /** Returns the conversations of this window: none until a gateway is used. */
  overview(): readonly ConversationRecord[] {
    return this.#overview();
  }

  async dispose(): Promise<void> {
    this.#hasEnded = true;
    const { gateways, mcp } = this.#loading;
    // The lent servers of MCP end after the turns that use them.
    await (await gateways)?.dispose();
    await (await mcp)?.dispose();
  }

  #assertOpen(): void {
    if (this.#hasEnded) throw bridgeStopping();
  }
}
