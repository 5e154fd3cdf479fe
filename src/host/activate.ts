import * as l10n from "@vscode/l10n";
import { translate } from "./language/translate.ts";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { within } from "../base/deadline.ts";
import type { Logger } from "../base/logger.ts";
import { BridgeSwitch, type OffReason } from "../hosting/lifecycle/bridgeSwitch.ts";
import { followAnalytics } from "./analytics/followAnalytics.ts";
import { noticeCliTrouble } from "./status/cliNotices.ts";
import { createExtensionApi } from "./api/extensionApi.ts";
import type { ExtensionBuses } from "./api/extensionBuses.ts";
import type { Bridge } from "./compose.ts";
import { noticeRequestsElsewhere } from "./access/requestsElsewhere.ts";
import { registerDashboard } from "./dashboard/registerDashboard.ts";
import { LiveAnswers } from "./palette/liveAnswers.ts";
import { offerMcpServer } from "./mcp/mcpProvider.ts";
import { offerModels } from "./models/offer/modelProvider.ts";
import { offer } from "./status/messages.ts";
import { registerCommands } from "./palette/register.ts";
import { PortReclaim } from "./lifecycle/portReclaim.ts";
import { PortRetry } from "./lifecycle/portRetry.ts";
import { SettingsFollower } from "../hosting/lifecycle/settingsFollower.ts";
import { StatusBar } from "./status/statusBar.ts";
import type { KiroBridgeExtension } from "../plugins/bus/extensionApi.ts";
import type { TokenStore } from "../hosting/tokens/ownerTokens.ts";

const SECTION = "kiroBridge";
/** Timeout for deactivation in milliseconds. The editor allows 5 s. */
const STOP_MS = 4000;
const NOT_TRUSTED: OffReason = {
  reason: l10n.t("The server is off because the workspace is not trusted."),
  hint: l10n.t("Click to manage workspace trust."),
};

/** Creates everything that lives as long as the window, and starts the bridge if configured. */
export function startUp(context: vscode.ExtensionContext): Disposable & { readonly api: KiroBridgeExtension } {
  const store = new DisposableStore();
  const channel = store.add(vscode.window.createOutputChannel("Kiro Bridge", { log: true }));
  const logger: Logger = channel;
  let tokens: TokenStore | undefined;
  const loadTokens = async (): Promise<TokenStore> => {
    const { createTokenStore } = await loadParts();
    return (tokens ??= store.add(createTokenStore(context, logger)));
  };
  const toggle = store.add(new BridgeSwitch<Bridge>(() => buildIfTrusted(context, loadTokens, logger), logger));
  store.add(toggle.onDidChangeState(({ kind }) => void setContext("state", kind)));
  store.add(new StatusBar(toggle));
  store.add(new PortRetry({ toggle, isPortFree: async (port) => (await loadParts()).isPortFree(port) }));
  store.add(new PortReclaim({ toggle, enable: (can) => void setContext("canReclaim", can), offer: offerPort }));
  const openLog = (): void => channel.show();
  const answers = store.add(new LiveAnswers());
  const loadDashboards = async () => new (await loadParts()).Dashboards({ context, toggle, logger });
  const dashboard = store.add(registerDashboard(loadDashboards));
  const loadActions = async () => {
    const parts = {
      toggle,
      tokens: await loadTokens(),
      answers,
      context,
      logger,
      openLog,
      dashboards: () => dashboard.load(),
    };
    return (await loadParts()).paletteActions(parts);
  };
  store.add(registerCommands(loadActions, logger));
  store.add(new SettingsFollower({ toggle, onDidChange: onDidChangeSettings, onWaiting: tellWaiting }));
  store.add(offerMcpServer({ toggle, onDidChangeSettings }));
  store.add(offerModels({ toggle, onDidChangeSettings }));
  store.add(followAnalytics({ toggle, context, logger, onDidChangeSettings }));
  store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void startBySetting(toggle)));
  let buses: Promise<ExtensionBuses> | undefined;
  const loadBuses = (): Promise<ExtensionBuses> =>
    (buses ??= loadParts().then((parts) => store.add(new parts.ExtensionBuses({ toggle, logger }))));
  const api = store.add(createExtensionApi(toggle, loadBuses));
  void startBySetting(toggle);
  return { api, dispose: () => within(store.dispose(), STOP_MS, undefined) };
}

/** Loads the main bundle on first use, so that Express and its dependencies do not delay the start of the editor. */
function loadParts(): Promise<typeof import("./lazyParts.ts")> {
  return import("./lazyParts.ts");
}

async function startBySetting(toggle: BridgeSwitch<Bridge>): Promise<void> {
  if (!vscode.workspace.isTrusted) await toggle.stop(NOT_TRUSTED);
  else if (vscode.workspace.getConfiguration(SECTION).get("autoStart") !== false) await toggle.start();
}

async function buildIfTrusted(
  context: vscode.ExtensionContext,
  loadTokens: () => Promise<TokenStore>,
  logger: Logger,
): Promise<Bridge> {
  if (!vscode.workspace.isTrusted) throw new Error(NOT_TRUSTED.reason);
  const { composeEditorBridge, promptInEditor } = await loadParts();
  const bridge = await composeEditorBridge(context, await loadTokens(), logger);
  noticeCliTrouble(bridge);
  promptInEditor(bridge);
  noticeRequestsElsewhere(
    bridge,
    (message) => void offer("information", message, { [l10n.t("Show Access")]: "showAccess" }),
  );
  // A member shows it in the status only: the owner of the address has warned already.
  if (bridge.note !== undefined && bridge.address.role !== "member")
    void offer("warning", l10n.t("Kiro Bridge is listening on {0}.", bridge.url) + ` ${translate(bridge.note)}`, {
      [l10n.t("Show Status")]: "showStatus",
    });
  return bridge;
}

/** Runs `listener` when a setting of this extension has changed. */
function onDidChangeSettings(listener: () => void): Disposable {
  return vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(SECTION)) listener();
  });
}

function tellWaiting(): void {
  void offer("information", l10n.t("Kiro Bridge: The new settings take effect when nothing is running."), {
    [l10n.t("Restart Now")]: "restart",
  });
}

function offerPort(port: number): void {
  void offer("information", l10n.t("Kiro Bridge: Port {0} is free again.", port), {
    [l10n.t("Reclaim Port")]: "reclaimPort",
  });
}

function setContext(key: string, value: string | boolean): Thenable<unknown> {
  return vscode.commands.executeCommand("setContext", `kiroBridge.${key}`, value);
}
