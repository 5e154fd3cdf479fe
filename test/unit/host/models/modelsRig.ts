import { type EngineSettings, engineSchema } from "../../../../src/agents/engines/engineSettings.ts";
import type { EditorModel } from "../../../../src/agents/engines/ports.ts";
import type { EngineModel } from "../../../../src/core/models/engineDirectory.ts";
import type { ModelDialogsDeps } from "../../../../src/host/models/add/dialogs.ts";
import { ScriptedDialogs, type Step } from "./scriptedDialogs.ts";

/** An editor and its bridge, as the dialogs for engines see them. */
export class ModelsRig {
  readonly dialogs: ScriptedDialogs;
  readonly keys = new Map<string, string>();
  /** The calls of the test of settings. */
  readonly tested: { readonly settings: EngineSettings; readonly key: string | undefined }[] = [];
  /** The models of the editor that the user has allowed. */
  readonly allowed: string[] = [];
  /** The models that the vendor lists, or why it does not. */
  listed: readonly EngineModel[] | Error = [];
  /** The number of times that the vendor was asked for its models. */
  listings = 0;
  /** What the tests of settings give, the last one again and again. */
  results: readonly (string | Error)[] = ["Hello"];
  editorModels: readonly EditorModel[] = [];
  /** Why the editor does not allow its models. */
  refusal: Error | undefined;
  /** The setting `kiroBridge.engines`. */
  rawEngines: unknown = [];
  onWrite: () => void = () => undefined;

  constructor(script: readonly Step[]) {
    this.dialogs = new ScriptedDialogs(script);
  }

  /** The entries of the setting. */
  get engines(): readonly { readonly [name: string]: unknown }[] {
    return Array.isArray(this.rawEngines) ? this.rawEngines : [];
  }

  set engines(engines: readonly unknown[]) {
    this.rawEngines = engines;
  }

  get deps(): ModelDialogsDeps {
    return {
      dialogs: this.dialogs,
      models: async () => ({
        listModelsOf: async (_settings, _key, signal) => {
          this.listings++;
          signal.throwIfAborted();
          if (this.listed instanceof Error) throw this.listed;
          return this.listed;
        },
        test: async (settings, key, signal) => {
          signal.throwIfAborted();
          const result = this.results[Math.min(this.tested.length, this.results.length - 1)] ?? "";
          this.tested.push({ settings, key });
          if (result instanceof Error) throw result;
          return { model: settings.models[0] ?? "", text: result };
        },
      }),
      editorModels: {
        list: async () => this.editorModels,
        allow: async (modelId) => {
          if (this.refusal !== undefined) throw this.refusal;
          this.allowed.push(modelId);
        },
      },
      keys: {
        store: async (id, key) => void this.keys.set(id, key),
        remove: async (id) => void this.keys.delete(id),
      },
      engines: {
        schema: engineSchema,
        read: () => this.rawEngines,
        write: async (engines) => {
          this.onWrite();
          this.rawEngines = engines;
        },
      },
    };
  }
}
