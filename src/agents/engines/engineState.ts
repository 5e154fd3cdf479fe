import type { EngineStatus } from "../../protocol/agents/engines.ts";
import { type BridgeError, isBridgeError } from "../../protocol/errors.ts";
import { causeOf } from "../../protocol/unavailable.ts";
import type { EngineSettings } from "./engineSettings.ts";
import { ToldStatus } from "../toldStatus.ts";

/** The facts behind a status, all in memory. */
export interface EngineFacts {
  readonly isTrusted: boolean;
  readonly sessions: number;
}

/** The state of an engine, as its last request has ended. Emits an event on each change. */
export class EngineState {
  readonly #told = new ToldStatus<EngineStatus>(() => this.current());
  readonly #settings: EngineSettings;
  readonly #facts: () => EngineFacts;
  #last: "unknown" | "works" | BridgeError = "unknown";

  constructor(settings: EngineSettings, facts: () => EngineFacts) {
    this.#settings = settings;
    this.#facts = facts;
  }

  readonly onDidChange = this.#told.onDidChange;

  /** Records an answer of the model. */
  works(): void {
    this.#last = "works";
    this.tell();
  }

  /** Records a failure. Those that say nothing about the engine (a rejected request, a limit, a bridge that stops) are ignored. */
  failed(error: unknown): void {
    if (isBridgeError(error) && causeOf(error)?.startsWith("engine-") === true) this.#last = error;
    this.tell();
  }

  /** Returns the status from memory. */
  current(): EngineStatus {
    const { id, wire, name = id } = this.#settings;
    const { isTrusted, sessions } = this.#facts();
    const base = { id, name, wire, sessions };
    if (!isTrusted) return { ...base, state: "off", detail: "The workspace is not trusted." };
    if (this.#last === "unknown") return { ...base, state: "unknown", detail: "The model was not used yet." };
    if (this.#last === "works") return { ...base, state: "ready" };
    const cause = causeOf(this.#last);
    return { ...base, state: "unavailable", detail: this.#last.message, ...(cause !== undefined && { cause }) };
  }

  /** Notifies listeners if the status has changed. */
  tell(): void {
    this.#told.tell();
  }

  dispose(): void {
    this.#told.dispose();
  }
}
