import type { Disposable } from "../../base/disposables.ts";
import { type Event, noEvent } from "../../base/events.ts";
import { ModelFailure } from "../../core/models/modelFailure.ts";
import type { ConversationItem, StepEvent, StepRequest, StepUsage } from "../../core/models/step.ts";

/** The keys of engines, where the host keeps secrets. */
export interface EngineKeys {
  /** Returns the key, or the client secret of Entra. */
  read(engineId: string): Promise<string | undefined>;
  /** Fires with the ID of an engine whose key has changed. */
  readonly onDidChange: Event<string>;
}

/** No keys at all. */
export const noKeys: EngineKeys = { read: () => Promise.resolve(undefined), onDidChange: noEvent };

/** A model that the editor itself offers. */
export interface EditorModel {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly maxInputTokens: number;
}

/** The models of the editor. */
export interface EditorModels {
  /** Empty if the editor has none, or is not of a kind that has them. */
  list(): Promise<readonly EditorModel[]>;
  readonly onDidChange: Event<void>;
  /**
   * Streams one step. The last event is `end`.
   * @throws ModelFailure, `forbidden` if the user has not allowed it
   */
  stream(request: StepRequest, signal: AbortSignal): AsyncIterable<StepEvent>;
}

/** The models of an editor that has none. */
export const noEditorModels: EditorModels = {
  list: () => Promise.resolve([]),
  onDidChange: noEvent,
  stream: () => {
    throw new ModelFailure("not-found", "This editor has no models.");
  },
};

/** The address of a conversation that outlives the bridge. */
export interface ConversationPlace {
  readonly engineId: string;
  /** Real path. */
  readonly workspacePath: string;
  /** The name of the session. */
  readonly name: string;
  readonly ownerId: string | undefined;
}

/** One conversation. Only one process has it at a time. */
export interface OpenConversation extends Disposable {
  /** The items that the model gets, after compaction. Complete when it is opened: each call has a result. */
  readonly items: readonly ConversationItem[];
  /** Turns in all, also those that were compacted. */
  readonly turns: number;
  /** True if it has items of an earlier run of the bridge. */
  readonly isResumed: boolean;
  /** True if another window has the conversation: this one begins without its items, and ends with its agent. */
  readonly isHeldElsewhere: boolean;
  /** True if it is so large that it must be compacted, whatever the context of the model. */
  readonly isFull: boolean;
  /** Adds an item, which is written before the promise resolves. `executionId` names the turn. Never rejects. */
  append(item: ConversationItem, executionId: string): Promise<void>;
  /** Replaces all items before the last `kept` ones, which is written before the promise resolves. Never rejects. */
  rewrite(earlier: readonly ConversationItem[], kept: number): Promise<void>;
  /** Drops the whole conversation, for good. */
  forget(): Promise<void>;
  /** Resolves when it is written and another process may have it. */
  dispose(): Promise<void>;
}

/** Keeps conversations with models. */
export interface ConversationStore {
  /** @param isNew true to begin it again */
  open(place: ConversationPlace, isNew: boolean): Promise<OpenConversation>;
  /** One that ends with its agent. */
  temporary(): OpenConversation;
}

/** The tokens and the cost of a step. */
export interface UsageEntry {
  readonly engineId: string;
  readonly model: string;
  readonly principalId: string;
  readonly sessionId: string | undefined;
  readonly executionId: string;
  readonly usage: StepUsage;
  /** In the currency of the engine; undefined without prices. */
  readonly cost: number | undefined;
}

/** Counts what engines have used, today and in all windows. */
export interface UsageLedger {
  /**
   * Call it before each step.
   * @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit, used, resetsAt}` if a daily limit is reached
   */
  assertWithin(engineId: string, principalId: string): Promise<void>;
  record(entry: UsageEntry): void;
}
