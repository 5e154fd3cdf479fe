import type { Load } from "../../core/status.ts";
import type { CliStatus } from "../../protocol/status.ts";
import { needsPerson } from "../../protocol/exports/needsPerson.ts";
import { addressLines, type AddressView } from "../address/addressText.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeState, RunningBridge } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import { plainText } from "./plainText.ts";

export interface StatusText {
  /** Includes icons as `$(name)`. */
  readonly text: string;
  /** For screen readers. */
  readonly label: string;
  /** Lines of the tooltip. */
  readonly lines: readonly string[];
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
      return calm(`$(circle-slash) ${NAME}`, "off", [
        state.why?.reason ?? "The server is off.",
        state.why?.hint ?? "Click to start.",
      ]);
    case "starting":
      return calm(`$(loading~spin) ${NAME}`, "starting", ["The server is starting.", "Click to stop."]);
    case "stopping":
      return calm(`$(loading~spin) ${NAME}`, "stopping", ["The server is stopping."]);
    case "problem":
      return {
        text: `$(error) ${NAME}`,
        label: `${NAME}, problem. ${problemLines(state).join(" ")}`,
        lines: problemLines(state),
        isProblem: true,
        needsAnswer: false,
        command: "toggle",
      };
    case "on":
      return withRequests(
        withExports(onText(state.bridge, view), view?.troubledExports ?? []),
        view?.accessRequests ?? 0,
      );
  }
}

function problemLines({ reason, takenPort }: Extract<BridgeState, { kind: "problem" }>): string[] {
  if (takenPort === undefined) return [reason, "Click to try again."];
  return [reason, "It starts automatically when the port is free.", "Click to try now."];
}

function onText({ url, port, note }: RunningBridge, { load, cli, place }: Partial<StatusView> = {}): StatusText {
  const { running = 0, queued = 0, waitingForInput = 0, currentCommand, isRestartPending = false } = load ?? {};
  const count = running + queued;
  const details = [
    ...(place === undefined ? [`Listening on ${url}`] : addressLines(place)),
    ...(note === undefined ? [] : [note]),
    ...(count === 0 ? [] : [`${running} running, ${queued} queued${nowRunning(currentCommand)}`]),
    ...(waitingForInput === 0 ? [] : [`${waitingForInput} waiting for an answer`]),
    ...cliLine(cli),
    ...(isRestartPending ? ["Changed settings take effect when nothing is running."] : []),
    waitingForInput === 0 ? "Click to stop." : "Click to answer.",
  ];
  const icon = waitingForInput > 0 ? "question" : count > 0 ? "sync~spin" : "radio-tower";
  const busy = count === 0 ? "" : ` (${count})`;
  const busyState = count === 0 ? "on" : `busy with ${count} ${count === 1 ? "command" : "commands"}`;
  const state = waitingForInput === 0 ? busyState : `${busyState}, ${waitingForInput} waiting for an answer`;
  const shown = calm(`$(${icon}) ${NAME} :${port}${busy}`, `${state}, port ${port}`, details);
  return waitingForInput === 0 ? shown : { ...shown, needsAnswer: true, command: "answerQuestion" };
}

/** Destinations that need a person are told, but never before a question or what runs. */
function withExports(shown: StatusText, names: readonly string[]): StatusText {
  if (names.length === 0) return shown;
  const what = `Exports need you: ${names.map((name) => plainText(name, 40)).join(", ")}. The dashboard says why.`;
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
  const what = count === 1 ? "1 program asks for access" : `${count} programs ask for access`;
  const lines = [...shown.lines.filter((line) => !line.startsWith("Click ")), `${what}.`, "Click to decide."];
  return {
    ...shown,
    text: shown.text.replace(/^\$\([^)]*\)/, "$(key)"),
    label: `${NAME}, ${what}. ${lines.join(" ")}`,
    lines,
    needsAnswer: true,
    command: "showAccess",
  };
}

function nowRunning(command: string | undefined): string {
  return command === undefined ? "" : `: ${plainText(command, 80)}`;
}

function cliLine(cli: CliStatus | undefined): string[] {
  if (cli === undefined || cli.state === "off") return [];
  const words = [cli.simulated === true ? "simulated" : cli.state, cli.version, cli.transport, cli.detail];
  return [plainText(`Kiro CLI: ${words.filter((word) => word !== undefined).join(", ")}`)];
}

function calm(text: string, state: string, lines: readonly string[]): StatusText {
  return {
    text,
    label: `${NAME}, ${state}. ${lines.join(" ")}`,
    lines,
    isProblem: false,
    needsAnswer: false,
    command: "toggle",
  };
}
