import { type Event, noEvent } from "../../base/events.ts";
import type { WireId } from "./step.ts";

/** An engine as programs may see it. */
export interface EngineEntry {
  readonly id: string;
  readonly name: string;
  readonly wire: WireId;
  /** The model of requests that name none; undefined if the first one of the vendor's list. */
  readonly defaultModel: string | undefined;
  readonly hasEmbeddings: boolean;
  /** The model of requests for embeddings that name none; undefined if they must name one. */
  readonly defaultEmbeddingModel: string | undefined;
}

export interface EngineModel {
  /** The vendor's own ID. */
  readonly id: string;
  readonly name: string;
}

/** The engines that the user has configured. */
export interface EngineDirectory {
  readonly onDidChange: Event<void>;
  list(): readonly EngineEntry[];
  /** Returns the models of an engine, from its settings or from its vendor; empty if it does not tell them. Never rejects. */
  models(engineId: string, signal: AbortSignal): Promise<readonly EngineModel[]>;
}

/** No engines at all. */
export const noEngines: EngineDirectory = { onDidChange: noEvent, list: () => [], models: () => Promise.resolve([]) };

/** The prefix of the commands of an engine. */
const ENGINE_PREFIX = "kiro.engines.";

/** Returns the ID of a command of an engine. */
export function engineCommand(engineId: string, name: string): string {
  return `${ENGINE_PREFIX}${engineId}.${name}`;
}
