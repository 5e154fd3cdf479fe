import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import { bridgeOff } from "../../../protocol/unavailable.ts";
import type { Bridge } from "../../compose.ts";
import type { BridgeSwitch } from "../../../hosting/lifecycle/bridgeSwitch.ts";
import { confirm } from "../../status/messages.ts";
import { assertFromUser } from "./promptGuard.ts";

/** As in package.json. */
const VENDOR = "kiro-bridge";

export interface ModelProviderDeps {
  readonly toggle: BridgeSwitch<Bridge>;
  /** Calls its argument when a setting has changed. */
  readonly onDidChangeSettings: (listener: () => void) => Disposable;
}

/** Offers Kiro and the models of the settings to the editor's own picker while the bridge is on. */
export function offerModels({ toggle, onDidChangeSettings }: ModelProviderDeps): Disposable {
  const store = new DisposableStore();
  // Older editors, and others of its kind, do not have it.
  if (typeof vscode.lm?.registerLanguageModelChatProvider !== "function") return store;
  const changed = store.add(new Emitter<void>());
  store.add(toggle.onDidChangeState(() => changed.fire()));
  store.add(onDidChangeSettings(() => changed.fire()));
  const provider: vscode.LanguageModelChatProvider = {
    onDidChangeLanguageModelChatInformation: (listener) => {
      const listening = changed.event(listener);
      return { dispose: () => void listening.dispose() };
    },
    provideLanguageModelChatInformation: () => [...(toggle.bridge?.offer.models() ?? [])],
    provideLanguageModelChatResponse: async ({ id: model }, messages, options, progress, token) => {
      const { bridge } = toggle;
      if (bridge === undefined) throw bridgeOff();
      const latestOutsideCommand = (): string | undefined => bridge.dispatcher.latestOutsideCommand();
      await assertFromUser({ api: vscode, latestOutsideCommand, confirm }, messages);
      const { answerEditor } = await import("../hostModelsLibrary.ts");
      await withSignal(token, (signal) =>
        answerEditor(
          { api: vscode, ...bridge.offer },
          { model, messages, options },
          (part) => progress.report(part),
          signal,
        ),
      );
    },
    provideTokenCount: async (_model, text) => (await import("../hostModelsLibrary.ts")).countTokens(text, vscode),
  };
  store.add(vscode.lm.registerLanguageModelChatProvider(VENDOR, provider));
  return store;
}

/** Runs `work` with a signal that is aborted when the editor cancels it. */
async function withSignal(
  token: vscode.CancellationToken,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const abort = new AbortController();
  const watching = token.onCancellationRequested(() => abort.abort());
  if (token.isCancellationRequested) abort.abort();
  try {
    await work(abort.signal);
  } finally {
    watching.dispose();
  }
}
