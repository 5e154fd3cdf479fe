import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import type { ServerAnswer, ServerTool, ToolServers } from "./toolServers.ts";

const NONE: ServerAnswer = { text: "There is no MCP server.", isError: true };

/** Servers whose code is a bundle of its own, read when one of them is needed first. */
export class LateToolServers implements ToolServers {
  readonly #load: () => Promise<ToolServers>;
  readonly #isWanted: () => boolean;
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #loading: Promise<ToolServers> | undefined;
  #loaded: ToolServers | undefined;
  #following: Disposable | undefined;
  #isDisposed = false;

  /** @param isWanted returns true if there are any */
  constructor(load: () => Promise<ToolServers>, isWanted: () => boolean) {
    this.#load = load;
    this.#isWanted = isWanted;
  }

  tools(): readonly ServerTool[] {
    return this.#loaded?.tools() ?? [];
  }

  /** Also ends those that are no longer wanted. */
  async ready(signal: AbortSignal): Promise<readonly ServerTool[]> {
    return (await this.#servers())?.ready(signal) ?? [];
  }

  async call(...call: Parameters<ToolServers["call"]>): ReturnType<ToolServers["call"]> {
    return (await this.#servers())?.call(...call) ?? NONE;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const loaded = await this.#loading?.catch(() => undefined);
    await this.#following?.dispose();
    await loaded?.dispose();
    this.#changed.dispose();
  }

  async #servers(): Promise<ToolServers | undefined> {
    if (this.#isDisposed) throw bridgeStopping();
    if (this.#loading === undefined && !this.#isWanted()) return undefined;
    return (this.#loading ??= this.#read());
  }

  async #read(): Promise<ToolServers> {
    const loaded = await this.#load();
    this.#loaded = loaded;
    this.#following = loaded.onDidChange(() => this.#changed.fire());
    return loaded;
  }
}
