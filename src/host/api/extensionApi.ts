import { Emitter } from "../../base/events.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { KiroBridgeExtension } from "../../plugins/bus/extensionApi.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { ExtensionBuses } from "./extensionBuses.ts";

/** Creates the exports of the extension. Their implementation is read on first use. */
export function createExtensionApi(
  toggle: BridgeSwitch<Bridge>,
  load: () => Promise<ExtensionBuses>,
): KiroBridgeExtension & Disposable {
  const changed = new Emitter<boolean>();
  let isOn = false;
  const listening = toggle.onDidChangeState(({ kind }) => {
    if ((kind === "on") === isOn) return;
    isOn = kind === "on";
    changed.fire(isOn);
  });
  return {
    apiVersion: 1,
    get isOn() {
      return isOn;
    },
    onDidChangeState: changed.event,
    getMessageBus: async (name) => (await load()).open(name),
    plugins: async () => (isOn ? (await load()).plugins() : []),
    dispose: () => {
      void listening.dispose();
      changed.dispose();
    },
  };
}
