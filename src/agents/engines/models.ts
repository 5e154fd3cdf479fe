import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { ProcessGuard } from "../../core/childProcesses/orphanGuard.ts";
import type { ModelCall } from "../../core/models/modelCall.ts";
import type { EngineModel } from "../../core/models/engineDirectory.ts";
import type { Outcome, RunContext } from "../../core/ports.ts";
import type { Redactor } from "../../core/privacy/redactor.ts";
import type { StartAgent } from "../startAgent.ts";
import type { EngineSettings } from "./engineSettings.ts";
import type { EditorModels, EngineKeys, UsageLedger } from "./ports.ts";

/** Collaborators of the bundle of models. */
export interface ModelsPorts {
  readonly engines: readonly EngineSettings[];
  readonly keys: EngineKeys;
  readonly editorModels: EditorModels;
  /** Counts what is used. Disposed by its owner. */
  readonly ledger: UsageLedger;
  /** The storage folder of the extension, which all windows share. Undefined to keep nothing when the bridge stops. */
  readonly storageFolder: string | undefined;
  /** Limits of what is kept there. */
  readonly keptMs: number;
  readonly keptBytes: number;
  readonly redactor: Redactor;
  /** Ends the commands that print keys if this process dies. */
  readonly guard?: ProcessGuard | undefined;
  readonly logger: Logger;
}

/** The result of a test of an engine with one real call. */
export interface EngineTest {
  readonly model: string;
  /** The answer of the model, shortened. */
  readonly text: string;
}

/** Everything about models that is a bundle of its own, read when the first engine is used. */
export interface Models extends Disposable {
  /** Starts agents of an engine: a loop of a model and the tools of the bridge. */
  starterOf(engineId: string): StartAgent;
  /** Runs a request of a gateway to the model itself. @throws BridgeError */
  complete(engineId: string, call: ModelCall, context: RunContext): Promise<Outcome>;
  /** @throws BridgeError with a sentence that says what is wrong */
  listModels(engineId: string, signal: AbortSignal): Promise<readonly EngineModel[]>;
  /**
   * Returns what the vendor lists for settings that need not be saved yet.
   * @param key the key, for settings whose key is in the secret storage
   * @throws BridgeError with a sentence that says what is wrong, and what to do
   */
  listModelsOf(settings: EngineSettings, key: string | undefined, signal: AbortSignal): Promise<readonly EngineModel[]>;
  /**
   * Tests settings that need not be saved yet, with one short real call.
   * @param key the key, for settings whose key is in the secret storage
   * @throws BridgeError with a sentence that says what is wrong, and what to do
   */
  test(settings: EngineSettings, key: string | undefined, signal: AbortSignal): Promise<EngineTest>;
  dispose(): Promise<void>;
}
