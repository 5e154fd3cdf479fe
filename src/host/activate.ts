import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { within } from "../base/deadline.ts";
import type { Logger } from "../base/logger.ts";
import { BridgeSwitch } from "./bridgeSwitch.ts";
import { type Bridge, composeBridge } from "./compose.ts";
import { cliCommands } from "./palette/cliCommands.ts";
import { offer, registerCommands } from "./palette/register.ts";
import { runCommands } from "./palette/runCommands.ts";
import { serverCommands } from "./palette/serverCommands.ts";
import { readEditorSettings, SECTION } from "./settings.ts";
import { StatusBar } from "./statusBar.ts";
import { TokenStore } from "./token.ts";

/** The editor gives an extension 5 s to let go; we keep one in hand. */
const STOP_MS = 4000;
/** Settings come keystroke by keystroke. */
const SETTLE_MS = 500;
const NOT_TRUSTED = "The workspace is not trusted, so the server is off. Trust the workspace to use it.";

/** Brings up everything that lives as long as the window does, and the bridge if it is to start by itself. */
export function startUp(context: vscode.ExtensionContext): Disposable {
  const store = new DisposableStore();
  const channel = store.add(vscode.window.createOutputChannel("Kiro Bridge", { log: true }));
  const logger: Logger = channel;
  const tokens = new TokenStore(context.secrets);
  const toggle = store.add(new BridgeSwitch<Bridge>(() => buildIfTrusted(context, tokens, logger), logger));
  store.add(toggle.onDidChangeState(({ kind }) => void setContext("state", kind)));
  store.add(new StatusBar(toggle));
  store.add(
    registerCommands(
      {
        ...serverCommands(toggle, tokens),
        ...runCommands(toggle),
        ...cliCommands(toggle),
        openLog: () => channel.show(),
      },
      logger,
    ),
  );
  store.add(followSettings(toggle));
  store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void startBySetting(toggle)));
  void startBySetting(toggle);
  return { dispose: () => within(store.dispose(), STOP_MS, undefined) };
}

async function startBySetting(toggle: BridgeSwitch<Bridge>): Promise<void> {
  if (!vscode.workspace.isTrusted) await toggle.stop(NOT_TRUSTED);
  else if (readEditorSettings().settings.autoStart) await toggle.start();
}

async function buildIfTrusted(context: vscode.ExtensionContext, tokens: TokenStore, logger: Logger): Promise<Bridge> {
  if (!vscode.workspace.isTrusted) throw new Error(NOT_TRUSTED);
  const bridge = await composeBridge(context, tokens, logger);
  if (bridge.note !== undefined)
    void offer("warning", `Kiro Bridge listens on ${bridge.url}. ${bridge.note}`, { "Show Status": "showStatus" });
  return bridge;
}

/** New settings take effect at once while nothing runs; otherwise the person decides. */
function followSettings(toggle: BridgeSwitch<Bridge>): Disposable {
  const store = new DisposableStore();
  let settling: NodeJS.Timeout | undefined;
  store.defer(() => clearTimeout(settling));
  store.add(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration(SECTION)) return;
      clearTimeout(settling);
      settling = setTimeout(() => void applySettings(toggle), SETTLE_MS);
    }),
  );
  return store;
}

async function applySettings(toggle: BridgeSwitch<Bridge>): Promise<void> {
  const { bridge } = toggle;
  if (bridge === undefined || isDeepStrictEqual(bridge.settings, readEditorSettings().settings)) return;
  if (bridge.executions.active.size === 0) await toggle.restart();
  else
    void offer("information", "Kiro Bridge: new settings take effect after a restart; commands are running.", {
      Restart: "restart",
    });
}

function setContext(key: string, value: string): Thenable<unknown> {
  return vscode.commands.executeCommand("setContext", `kiroBridge.${key}`, value);
}
