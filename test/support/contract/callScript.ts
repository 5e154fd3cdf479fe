import { fakeSay } from "../../fixtures/simulator/directive.ts";

/** What every client can tell of an execution: its response, or the HTTP status of the rejection. */
export type Outcome =
  | { readonly success: boolean; readonly output: string; readonly error?: string }
  | { readonly rejected: number };

/** A client under test. All of them make the same calls, and must report the same. */
export interface Caller {
  readonly name: string;
  readonly status: () => Promise<string>;
  readonly isReady: () => Promise<boolean>;
  readonly execute: (command: string, args?: string[]) => Promise<Outcome>;
  readonly end?: () => Promise<void>;
}

export interface Call<C> {
  readonly name: string;
  readonly make: (caller: C) => Promise<unknown>;
}

function execute(name: string, command: string, args?: string[]): Call<Caller> {
  return { name, make: (caller) => caller.execute(command, args) };
}

const status: Call<Caller>["make"] = (caller) => caller.status();

/** The calls, in order. Their results depend on nothing that was before the first one. */
export const callScript: readonly Call<Caller>[] = [
  { name: "the status", make: status },
  { name: "whether it is ready", make: (caller) => caller.isReady() },
  execute("closes all editors", "workbench.action.closeAllEditors"),
  execute("opens an untitled file", "workbench.action.files.newUntitledFile"),
  execute("returns an object", "vscode.getEditorLayout"),
  execute("passes no arguments", "windowProbe.echo"),
  execute("passes arguments", "windowProbe.echo", ["one", "two words", "3"]),
  execute("passes text of all scripts", "windowProbe.echo", [
    "größer",
    "日本語",
    "👩‍💻",
    '"quoted" \\ back',
    "$HOME `x`",
  ]),
  execute("passes an empty text", "windowProbe.echo", [""]),
  execute("passes lines", "windowProbe.echo", ["first\nsecond\r\nthird\ttab"]),
  execute("passes what looks like an option", "windowProbe.echo", ["--json", "-h"]),
  execute("passes a long text", "windowProbe.echo", ["x".repeat(100_000)]),
  execute("reports a command that fails", "windowProbe.fail", ["too far"]),
  execute("reports an unknown command", "windowProbe.nothing"),
  execute("is refused an internal command", "_workbench.open"),
  execute("is refused an ID that is too long", "x".repeat(1001)),
  execute("is refused an unknown command of Kiro CLI", "kiro.cli.nothing"),
  execute("asks Kiro CLI", "kiro.cli.chat", [fakeSay("Hello from Kiro.")]),
  execute("closes all editors again", "workbench.action.closeAllEditors"),
  { name: "the status at the end", make: status },
];
