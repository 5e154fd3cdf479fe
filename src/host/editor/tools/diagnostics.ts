import * as vscode from "vscode";
import type { EditorCommandArgument } from "../../../protocol/editor/editorCommands.ts";
import type { EditorCommandResult } from "../../../protocol/editor/editorResults.ts";
import { diagnosticSeverities } from "../../../protocol/editor/editorTerms.ts";
import { pathOf, plainRange, resolvePath } from "./documents.ts";
import { pageOf } from "./page.ts";

type Result = EditorCommandResult<"kiro.editor.diagnostics">;
type Severity = (typeof diagnosticSeverities)[number];

/** Maximum number of characters of one message, of which some compilers write pages. */
const MAX_MESSAGE = 4000;

/** Lists problems, the most severe first. */
export async function listDiagnostics(argument: EditorCommandArgument<"kiro.editor.diagnostics">): Promise<Result> {
  const folder = argument.path === undefined ? undefined : await resolvePath(argument.path);
  const wanted = diagnosticSeverities.slice(0, diagnosticSeverities.indexOf(argument.severity) + 1);
  const bySeverity = new Map<Severity, (readonly [vscode.Uri, vscode.Diagnostic])[]>(wanted.map((each) => [each, []]));
  for (const [uri, diagnostics] of allDiagnostics()) {
    if (folder !== undefined && !isAtOrIn(uri, folder)) continue;
    for (const diagnostic of diagnostics) bySeverity.get(severityOf(diagnostic))?.push([uri, diagnostic]);
  }
  const { entries, ...page } = pageOf([...bySeverity.values()].flat(), argument);
  return { diagnostics: entries.map(([uri, diagnostic]) => describe(uri, diagnostic)), ...page };
}

/** Returns the problems of all files that have any. */
export function allDiagnostics(): [vscode.Uri, vscode.Diagnostic[]][] {
  return vscode.languages.getDiagnostics().filter(([, diagnostics]) => diagnostics.length > 0);
}

export function severityOf({ severity }: vscode.Diagnostic): Severity {
  return diagnosticSeverities[severity] ?? "hint";
}

function isAtOrIn(uri: vscode.Uri, folder: vscode.Uri): boolean {
  return uri.scheme === folder.scheme && (uri.path === folder.path || uri.path.startsWith(`${folder.path}/`));
}

function describe(uri: vscode.Uri, diagnostic: vscode.Diagnostic): Result["diagnostics"][number] {
  const { message, range, source } = diagnostic;
  const code = typeof diagnostic.code === "object" ? diagnostic.code.value : diagnostic.code;
  return {
    path: pathOf(uri),
    range: plainRange(range),
    severity: severityOf(diagnostic),
    message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message,
    ...(source !== undefined && { source }),
    ...(code !== undefined && { code: String(code) }),
  };
}
