import type { KiroStatusResponse, WindowListing } from "../../client/index.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Checks that editor windows respond. */
export function checkWindows(windows: readonly WindowListing[]): readonly Finding[] {
  const lost = windows.filter(({ state }) => state === "unavailable" || state === "not-responding");
  if (windows.length > lost.length && lost.length === 0)
    return [
      ok("windows", windows.length === 1 ? "The editor window responds." : `${windows.length} editor windows respond.`),
    ];
  return lost.map(({ id, editor, state }) => {
    const message =
      state === "unavailable"
        ? `The page of the window ${id} (${editor}) is gone: its commands fail, prompts work.`
        : `The window ${id} (${editor}) does not respond.`;
    const advice = state === "unavailable" ? "Open or reload the window." : "Wait until it is less busy, or close it.";
    return lost.length === windows.length ? problem("windows", message, advice) : warning("windows", message, advice);
  });
}

/** The remedy for each cause (docs/wire-contract.md#31-causes-of-kiro_unavailable). */
const advice: Readonly<Record<string, string>> = {
  "cli-missing": "Install Kiro CLI, or set kiroBridge.cli.path to it.",
  "cli-signed-out": "Run 'kiro-cli login'.",
  "cli-incompatible": "Update Kiro CLI, or choose another kiroBridge.cli.transport.",
  "cli-restarting": "Wait a moment, or run 'Kiro Bridge: Diagnose Kiro CLI'.",
};
const DIAGNOSE = "Run 'Kiro Bridge: Diagnose Kiro CLI' in the editor.";

/** Checks that Kiro CLI can be used, as far as the bridge knows. */
export function checkKiroCli({ cli }: Pick<KiroStatusResponse, "cli">): readonly Finding[] {
  const { state, cause, detail = "", version = "", simulated } = cli;
  if (state === "off" || cause === "workspace-untrusted")
    return [
      problem(
        "workspace",
        `Kiro CLI is off. ${detail}`.trim(),
        "Trust the workspace: 'Workspaces: Manage Workspace Trust'.",
      ),
    ];
  const trusted = ok("workspace", "The workspace is trusted.");
  if (state === "unavailable")
    return [trusted, problem("kiro-cli", `Kiro CLI cannot be used: ${detail}`, advice[cause ?? ""] ?? DIAGNOSE)];
  if (state === "unknown") return [trusted, ok("kiro-cli", "Kiro CLI was not needed yet; the first prompt starts it.")];
  if (simulated === true) {
    const message = "The built-in simulator answers prompts, not Kiro CLI.";
    return [trusted, warning("kiro-cli", message, "Install Kiro CLI, or set kiroBridge.cli.path to it.")];
  }
  return [trusted, ok("kiro-cli", `Kiro CLI ${version} is ready.`.replace("  ", " "))];
}
