import * as l10n from "@vscode/l10n";
import type { Load } from "../../core/status.ts";
import type { CliStatus } from "../../protocol/status.ts";
import { needsPerson } from "../../protocol/exports/needsPerson.ts";
import { addressLines, type AddressView } from "../address/addressText.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeState, RunningBridge } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import { translate } from "../language/translate.ts";
import { plainText } from "./plainText.ts";

export interface StatusText {
  /** Includes icons as `$(name)`. */
  readonly text: string;
  /** For screen readers. */
  readonly label: string;
  /** Lines of the tooltip. The last one is the hint, if there is one. */
  readonly lines: readonly string[];
  /** Says what a click does. */
  readonly hint: string | undefined;
  readonly isProblem: boolean;
  /** True if a question or a program waits for an answer. */
  readonly needsAnswer: boolean;
  /** The command of a click. */
  readonly command: Extract<CommandName, "toggle" | "answerQuestion" | "showAccess">;
}

const NAME = "Kiro Bridge";

/** The parts of the bridge that the status shows while it is on. */
export interface StatusView {
  readonly load: Load;
  readonly cli: CliStatus;
  readonly place: AddressView;
  /** The number of programs that ask to be let in. */
  readonly accessRequests: number;
  /** The names of destinations of exports that a person must look at. */
  readonly troubledExports: readonly string[];
}

/** Returns the view of a bridge. */
export function viewOf(bridge: Bridge): StatusView {
  const { address, external, window } = bridge;
  return {
    load: bridge.status.load(),
    cli: bridge.agent.cliStatus(),
    place: { address, external: external.state, virtualFolders: window.virtualFolders },
    accessRequests: bridge.access.pairings.pending.length + address.accessRequests,
    troubledExports: (bridge.exports?.control.list().destinations ?? []).filter(needsPerson).map(({ name }) => name),
  };
}

/**
 * Returns the text of the status bar: off, starting, on with its port, busy with a count, or a problem with its reason.
 * @param view the parts of a bridge that is on
 */
export function statusText(state: BridgeState, view?: Partial<StatusView>): StatusText {
  switch (state.kind) {
    case "off":
      return calm(`$(circle-slash) ${NAME}`, l10n.t("off"), {
        facts: [state.why?.reason ?? l10n.t("The server is off.")],
        hint: state.why?.hint ?? l10n.t("Click to start."),
      });
    case "starting":
      return calm(`$(loading~spin) ${NAME}`, l10n.t("starting"), {
        facts: [l10n.t("The server is starting.")],
        hint: l10n.t("Click to stop."),
      });
    case "stopping":
      return calm(`$(loading~spin) ${NAME}`, l10n.t("stopping"), { facts: [l10n.t("The server is stopping.")] });
    case "problem":
      return { ...calm(`$(error) ${NAME}`, l10n.t("problem"), problemLines(state)), isProblem: true };
    case "on":
      return withRequests(
        withExports(onText(state.bridge, view), view?.troubledExports ?? []),
        view?.accessRequests ?? 0,
      );
  }
}

function problemLines({ reason, takenPort }: Extract<BridgeState, { kind: "problem" }>): Lines {
  const facts = [translate(reason)];
  if (takenPort === undefined) return { facts, hint: l10n.t("Click to try again.") };
  facts.push(l10n.t("It starts automatically when the port is free."));
  return { facts, hint: l10n.t("Click to try now.") };
}

function onText({ url, port, note }: RunningBridge, { load, cli, place }: Partial<StatusView> = {}): StatusText {
  const { running = 0, queued = 0, waitingForInput = 0, currentCommand, isRestartPending = false } = load ?? {};
  const count = running + queued;
  const facts = [
    ...(place === undefined ? [l10n.t("Listening on {0}", url)] : addressLines(place)),
    ...(note === undefined ? [] : [translate(note)]),
    ...(count === 0 ? [] : [busyLine(running, queued, currentCommand)]),
    ...(waitingForInput === 0 ? [] : [l10n.t("{0} waiting for an answer", waitingForInput)]),
    ...cliLine(cli),
    ...(isRestartPending ? [l10n.t("Changed settings take effect when nothing is running.")] : []),
  ];
  const hint = waitingForInput === 0 ? l10n.t("Click to stop.") : l10n.t("Click to answer.");
  const icon = waitingForInput > 0 ? "question" : count > 0 ? "sync~spin" : "radio-tower";
  const busy = count === 0 ? "" : ` (${count})`;
  const waiting = waitingForInput === 0 ? [] : [l10n.t("{0} waiting for an answer", waitingForInput)];
  const state = [busyState(count), ...waiting, l10n.t("port {0}", port)].join(", ");
  const shown = calm(`$(${icon}) ${NAME} :${port}${busy}`, state, { facts, hint });
  return waitingForInput === 0 ? shown : { ...shown, needsAnswer: true, command: "answerQuestion" };
}

function busyState(count: number): string {
  if (count === 0) return l10n.t({ message: "on", comment: "State of the bridge" });
  return count === 1 ? l10n.t("busy with 1 command") : l10n.t("busy with {0} commands", count);
}

/** Destinations that need a person are told, but never before a question or what runs. */
function withExports(shown: StatusText, names: readonly string[]): StatusText {
  if (names.length === 0) return shown;
  const listed = names.map((name) => plainText(name, 40)).join(", ");
  const what = l10n.t("Exports need you: {0}. The dashboard says why.", listed);
  const lines = [...shown.lines.slice(0, -1), what, ...shown.lines.slice(-1)];
  return {
    ...shown,
    text: shown.text.replace("$(radio-tower)", "$(warning)"),
    label: `${shown.label} ${what}`,
    lines,
  };
}

/** Requests to be let in come first: they expire after some minutes. */
function withRequests(shown: StatusText, count: number): StatusText {
  if (count === 0) return shown;
  const what = count === 1 ? l10n.t("1 program asks for access.") : l10n.t("{0} programs ask for access.", count);
  const hint = l10n.t("Click to decide.");
  const lines = [...shown.lines.filter((line) => line !== shown.hint), what, hint];
  return {
    ...shown,
    text: shown.text.replace(/^\$\([^)]*\)/, "$(key)"),
    label: `${NAME}, ${what} ${lines.join(" ")}`,
    lines,
    hint,
    needsAnswer: true,
    command: "showAccess",
  };
}

function busyLine(running: number, queued: number, command: string | undefined): string {
  if (command === undefined) return l10n.t("{0} running, {1} queued", running, queued);
  return l10n.t("{0} running, {1} queued: {2}", running, queued, plainText(command, 80));
}

function cliLine(cli: CliStatus | undefined): string[] {
  if (cli === undefined || cli.state === "off") return [];
  const state = cli.simulated === true ? l10n.t("simulated") : cliStateWords()[cli.state];
  const detail = cli.detail && translate(cli.detail);
  const words = [state, cli.version, cli.transport, detail];
  return [plainText(`Kiro CLI: ${words.filter((word) => word !== undefined).join(", ")}`)];
}

function cliStateWords(): Readonly<Record<CliStatus["state"], string>> {
  return {
    off: l10n.t("off"),
    unknown: l10n.t("unknown"),
    ready: l10n.t("ready"),
    unavailable: l10n.t("unavailable"),
  };
}

interface Lines {
  readonly facts: readonly string[];
  readonly hint?: string;
}

function calm(text: string, state: string, { facts, hint }: Lines): StatusText {
  const lines = hint === undefined ? facts : [...facts, hint];
  return {
    text,
    label: `${NAME}, ${state}. ${lines.join(" ")}`,
    lines,
    hint,
    isProblem: false,
    needsAnswer: false,
    command: "toggle",
  };
}
