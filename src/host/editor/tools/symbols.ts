import * as vscode from "vscode";
import type { EditorCommandArgument } from "../../../protocol/editor/editorCommands.ts";
import type { EditorCommandResult } from "../../../protocol/editor/editorResults.ts";
import { pathOf, plainRange, resolvePath } from "./documents.ts";
import { pageOf } from "./page.ts";

type Result = EditorCommandResult<"kiro.editor.findSymbols">;

interface FoundSymbol {
  readonly name: string;
  readonly kind: vscode.SymbolKind;
  readonly container: string;
  readonly uri: vscode.Uri;
  readonly range: vscode.Range;
}

/** Finds symbols by their name in the workspace, or lists those of one file. */
export async function findSymbols(argument: EditorCommandArgument<"kiro.editor.findSymbols">): Promise<Result> {
  const { path, query = "" } = argument;
  const found = path === undefined ? await searchWorkspace(query) : await listOfFile(await resolvePath(path), query);
  const { entries, ...page } = pageOf(found, argument);
  return { symbols: entries.map(describe), ...page };
}

async function searchWorkspace(query: string): Promise<FoundSymbol[]> {
  const symbols = await vscode.commands.executeCommand<vscode.SymbolInformation[] | undefined>(
    "vscode.executeWorkspaceSymbolProvider",
    query,
  );
  return (symbols ?? []).map(ofInformation);
}

async function listOfFile(uri: vscode.Uri, query: string): Promise<FoundSymbol[]> {
  await vscode.workspace.openTextDocument(uri);
  const symbols = await vscode.commands.executeCommand<
    (vscode.SymbolInformation | vscode.DocumentSymbol)[] | undefined
  >("vscode.executeDocumentSymbolProvider", uri);
  const text = query.toLowerCase();
  return [...flatten(symbols ?? [], uri, "")].filter(({ name }) => name.toLowerCase().includes(text));
}

/** Yields the symbols of a tree, each before those inside it. */
function* flatten(
  symbols: readonly (vscode.SymbolInformation | vscode.DocumentSymbol)[],
  uri: vscode.Uri,
  container: string,
): Generator<FoundSymbol> {
  for (const symbol of symbols) {
    // What the editor returns for a tree is both.
    if ("children" in symbol) {
      const { name, kind, selectionRange, children } = symbol;
      yield { name, kind, container, uri, range: selectionRange };
      yield* flatten(children, uri, container === "" ? name : `${container}.${name}`);
    } else yield ofInformation(symbol);
  }
}

function ofInformation({ name, kind, containerName, location }: vscode.SymbolInformation): FoundSymbol {
  return { name, kind, container: containerName, uri: location.uri, range: location.range };
}

function describe({ name, kind, container, uri, range }: FoundSymbol): Result["symbols"][number] {
  return {
    name,
    kind: vscode.SymbolKind[kind],
    ...(container !== "" && { container }),
    path: pathOf(uri),
    range: plainRange(range),
  };
}
