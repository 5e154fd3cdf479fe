import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { RunOnce } from "../../base/runOnce.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { Bridge } from "../compose.ts";
import { type StatusText, statusText, viewOf } from "./statusText.ts";

/** Throttle time for redraws in milliseconds: a hundred commands per second must not cause a hundred redraws. */
const REDRAW_MS = 100;

/** The status bar item: shows the state, and toggles the server or opens the pending question. */
export class StatusBar implements Disposable {
  readonly #store = new DisposableStore();
  readonly #item: vscode.StatusBarItem;
  readonly #toggle: BridgeSwitch<Bridge>;
  #watching = new DisposableStore();
  readonly #redraw = this.#store.add(new RunOnce(() => this.#draw(), REDRAW_MS));

  constructor(toggle: BridgeSwitch<Bridge>) {
    this.#toggle = toggle;
    this.#item = this.#store.add(
      vscode.window.createStatusBarItem("kiroBridge.status", vscode.StatusBarAlignment.Right, 100),
    );
    this.#item.name = "Kiro Bridge";
    this.#store.add(toggle.onDidChangeState(() => this.#follow()));
    this.#follow();
    this.#item.show();
  }

  dispose(): Promise<void> {
    void this.#watching.dispose();
    return this.#store.dispose();
  }

  /** Follows the state shown by the item: executions, through their events, and the Kiro CLI. */
  #follow(): void {
    void this.#watching.dispose();
    this.#watching = new DisposableStore();
    const { bridge } = this.#toggle;
    const drawSoon = this.#redraw.schedule;
    if (bridge !== undefined) {
      this.#watching.add(bridge.events.onDidAppend(drawSoon));
      this.#watching.add(bridge.agent.onDidChangeStatus(drawSoon));
      this.#watching.add(bridge.status.onDidChange(drawSoon));
      this.#watching.add(bridge.onDidChangeNote(drawSoon));
      this.#watching.add(bridge.address.onDidChange(drawSoon));
      this.#watching.add(bridge.external.onDidChange(drawSoon));
      this.#watching.add(bridge.access.pairings.onDidChange(drawSoon));
      if (bridge.exports !== undefined) this.#watching.add(bridge.exports.control.onDidChange(drawSoon));
    }
    this.#redraw.now();
  }

  #draw(): void {
    const { bridge, state } = this.#toggle;
    const shown = statusText(state, bridge && viewOf(bridge));
    this.#item.text = shown.text;
    this.#item.tooltip = shown.lines.join("\n");
    this.#item.accessibilityInformation = { label: shown.label, role: "button" };
    this.#item.command = `kiroBridge.${shown.command}`;
    this.#item.backgroundColor = colorOf(shown);
  }
}

function colorOf({ isProblem, needsAnswer }: StatusText): vscode.ThemeColor | undefined {
  if (isProblem) return new vscode.ThemeColor("statusBarItem.errorBackground");
  return needsAnswer ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
}
