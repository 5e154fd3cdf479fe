import { systemClock } from "../../base/clock.ts";
import { abortable } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
import { noEvent } from "../../base/events.ts";
import type { EngineModel } from "../../core/models/engineDirectory.ts";
import type { ModelCall } from "../../core/models/modelCall.ts";
import type { Outcome, RunContext } from "../../core/ports.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { conversationsFolder } from "../engines/conversationsFolder.ts";
import type { EngineSettings } from "../engines/engineSettings.ts";
import type { EngineTest, Models, ModelsPorts } from "../engines/models.ts";
import type { ConversationStore, EngineKeys } from "../engines/ports.ts";
import type { StartAgent } from "../startAgent.ts";
import { ModelCalls } from "./calls/modelCalls.ts";
import { testEngine } from "./calls/testEngine.ts";
import { Compactor } from "./compaction/compactor.ts";
import { createWire } from "./createWire.ts";
import { createCredentials } from "./credentials/createCredentials.ts";
import { Engine } from "./engine.ts";
import { bridgeErrorOf } from "./failures/bridgeErrorOf.ts";
import { ModelAgent } from "./loop/modelAgent.ts";
import { StoredConversations } from "./memory/conversationStore.ts";
import { TemporaryConversations } from "./memory/temporaryConversations.ts";

/** Composes everything about models. Reads no key and connects to nothing before the first use of an engine. */
export function composeModels(ports: ModelsPorts): Models {
  return new ComposedModels(ports);
}

class ComposedModels implements Models {
  readonly #ports: ModelsPorts;
  readonly #store = new DisposableStore();
  readonly #conversations: ConversationStore;
  readonly #engines = new Map<string, Engine>();

  constructor(ports: ModelsPorts) {
    this.#ports = ports;
    this.#conversations = this.#composeConversations();
    for (const settings of ports.engines) {
      this.#engines.set(settings.id, this.#composeEngine(settings, ports.keys, this.#store));
    }
  }

  starterOf(engineId: string): StartAgent {
    const engine = this.#engineOf(engineId);
    const { ledger, logger } = this.#ports;
    const { contextTokens, limits } = engine.settings;
    return async ({ workspacePath, place, isNew = false, sessionId }, signal) => {
      signal.throwIfAborted();
      const conversation =
        place === undefined
          ? this.#conversations.temporary()
          : await this.#conversations.open({ engineId, workspacePath, ...place }, isNew);
      const compactor = new Compactor({ contextTokens, maxOutputTokens: limits.maxOutputTokens });
      const deps = { engine, conversation, compactor, ledger, clock: systemClock, logger };
      const agent = new ModelAgent(deps, { workspacePath, sessionId });
      if (signal.aborted) await agent.dispose();
      signal.throwIfAborted();
      return { agent, isResumed: conversation.isResumed, forget: () => agent.forget() };
    };
  }

  async complete(engineId: string, call: ModelCall, context: RunContext): Promise<Outcome> {
    return await new ModelCalls(this.#engineOf(engineId), this.#ports.ledger).run(call, context);
  }

  async listModels(engineId: string, signal: AbortSignal): Promise<readonly EngineModel[]> {
    return await listOf(this.#engineOf(engineId), signal);
  }

  async listModelsOf(
    settings: EngineSettings,
    key: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly EngineModel[]> {
    return await this.#withUnsaved(settings, key, (engine) => listOf(engine, signal));
  }

  async test(settings: EngineSettings, key: string | undefined, signal: AbortSignal): Promise<EngineTest> {
    return await this.#withUnsaved(settings, key, (engine) => testEngine(engine, signal));
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
  }

  #engineOf(id: string): Engine {
    const engine = this.#engines.get(id);
    if (engine !== undefined) return engine;
    throw new BridgeError("NOT_FOUND", `There is no engine '${id}' in kiroBridge.engines.`);
  }

  /** Uses settings that need not be saved, and the key that belongs to them. */
  async #withUnsaved<T>(settings: EngineSettings, key: string | undefined, use: (engine: Engine) => Promise<T>) {
    const store = new DisposableStore();
    try {
      const keys = { read: () => Promise.resolve(key), onDidChange: noEvent };
      return await use(this.#composeEngine(settings, keys, store));
    } finally {
      await store.dispose();
    }
  }

  #composeEngine(settings: EngineSettings, keys: EngineKeys, store: DisposableStore): Engine {
    const { editorModels, redactor, guard, logger } = this.#ports;
    const environment = process.env;
    const redact = (text: string): string => redactor.text(text);
    const hide = (secret: string): void => redactor.hide(secret);
    const credentials = store.add(createCredentials({ settings, keys, environment, guard, logger, hide, redact }));
    const engine = new Engine(settings, createWire({ settings, credentials, redact, editorModels }));
    store.add(keys.onDidChange((id) => id === settings.id && engine.forget()));
    return engine;
  }

  #composeConversations(): ConversationStore {
    const { storageFolder, keptMs: maxAgeMs, keptBytes: maxBytes, redactor, logger } = this.#ports;
    if (storageFolder === undefined) return new TemporaryConversations();
    const folder = conversationsFolder(storageFolder);
    const limits = { maxAgeMs, maxBytes };
    return this.#store.add(new StoredConversations({ folder, limits, redactor, clock: systemClock, logger }));
  }
}

async function listOf(engine: Engine, signal: AbortSignal): Promise<readonly EngineModel[]> {
  try {
    return await abortable(engine.models(signal), signal);
  } catch (error) {
    throw bridgeErrorOf(error, engine.settings.id);
  }
}
