import { abortable } from "../base/deadline.ts";
import type { Disposable } from "../base/disposables.ts";
import { isBridgeError } from "../protocol/errors.ts";
import type { AgentModel } from "./startAgent.ts";

/** Time in milliseconds after which a list is read again. An agent that has told none is not asked for as long. */
const KEPT_MS = 10 * 60_000;

/** The models of an agent, as its sessions tell them, or else as it lists them when it is asked. */
export class AgentModels implements Disposable {
  readonly #list: (signal: AbortSignal) => Promise<readonly AgentModel[]>;
  readonly #failedMs: number;
  readonly #stopping = new AbortController();
  #known: { readonly models: readonly AgentModel[]; readonly readAt: number } | undefined;
  #listing: Promise<readonly AgentModel[]> | undefined;

  /**
   * @param list asks the agent, within a bounded time
   * @param failedMs time in milliseconds for which an agent that is not available is not asked again
   */
  constructor(list: (signal: AbortSignal) => Promise<readonly AgentModel[]>, failedMs = 0) {
    this.#list = list;
    this.#failedMs = failedMs;
  }

  /** Takes the list of a session that was just started. */
  learn(models: readonly AgentModel[]): void {
    if (models.length > 0) this.#known = { models, readAt: performance.now() };
  }

  /** Forgets everything, because another program is used. */
  forget(): void {
    this.#known = undefined;
  }

  /** Returns the models, none if the agent does not tell them. @throws the signal's reason */
  async all(signal: AbortSignal): Promise<readonly AgentModel[]> {
    signal.throwIfAborted();
    if (this.#known !== undefined && performance.now() - this.#known.readAt < KEPT_MS) return this.#known.models;
    this.#listing ??= this.#ask().finally(() => (this.#listing = undefined));
    return await abortable(this.#listing, signal);
  }

  /** Ends a running call of `list`. */
  async dispose(): Promise<void> {
    this.#stopping.abort();
    await this.#listing;
  }

  /** Never rejects: without a list, the agent itself decides about the names of models. */
  async #ask(): Promise<readonly AgentModel[]> {
    try {
      const models = await this.#list(this.#stopping.signal);
      this.#known = { models, readAt: performance.now() };
      return models;
    } catch (error) {
      // A CLI that is missing may be installed at any time; one that fails is not started again and again.
      const keptMs = isBridgeError(error) ? this.#failedMs : KEPT_MS;
      this.#known = { models: [], readAt: performance.now() - KEPT_MS + keptMs };
      return [];
    }
  }
}
