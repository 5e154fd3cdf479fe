import * as vscode from "vscode";

const WORD = /\w+/g;

/** Finds each occurrence of a word in a document. */
function occurrences(document: vscode.TextDocument, word: string): vscode.Range[] {
  return [...document.getText().matchAll(WORD)]
    .filter(([found]) => found === word)
    .map(({ index }) => new vscode.Range(document.positionAt(index), document.positionAt(index + word.length)));
}

function wordAt(document: vscode.TextDocument, position: vscode.Position): string {
  return document.getText(document.getWordRangeAtPosition(position));
}

/** A language server in little: a symbol is a word, and its references are where it occurs in the files of the test. */
export class WordLanguage
  implements
    vscode.ReferenceProvider,
    vscode.RenameProvider,
    vscode.DocumentSymbolProvider,
    vscode.WorkspaceSymbolProvider
{
  readonly #files: () => readonly vscode.Uri[];

  constructor(files: () => readonly vscode.Uri[]) {
    this.#files = files;
  }

  async provideReferences(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Location[]> {
    return this.#find(wordAt(document, position));
  }

  async provideRenameEdits(
    document: vscode.TextDocument,
    position: vscode.Position,
    newName: string,
  ): Promise<vscode.WorkspaceEdit> {
    if (newName.includes(" ")) throw new Error("A name has no spaces.");
    const edit = new vscode.WorkspaceEdit();
    for (const { uri, range } of await this.#find(wordAt(document, position))) edit.replace(uri, range, newName);
    const [from, to] = ["old", newName].map((name) => vscode.Uri.joinPath(document.uri, `../${name}.words`));
    if (newName === "moved" && from !== undefined && to !== undefined) edit.renameFile(from, to);
    return edit;
  }

  provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
    const [first, ...others] = [...document.getText().matchAll(WORD)].map(([word], at) => {
      const range = occurrences(document, word)[0] ?? new vscode.Range(0, 0, 0, 0);
      const kind = at === 0 ? vscode.SymbolKind.Class : vscode.SymbolKind.Function;
      return new vscode.DocumentSymbol(word, "", kind, new vscode.Range(0, 0, document.lineCount, 0), range);
    });
    if (first === undefined) return [];
    first.children = others;
    return [first];
  }

  async provideWorkspaceSymbols(query: string): Promise<vscode.SymbolInformation[]> {
    const locations = await this.#find(query);
    return locations.map((each) => new vscode.SymbolInformation(query, vscode.SymbolKind.Variable, "words", each));
  }

  async #find(word: string): Promise<vscode.Location[]> {
    const documents = await Promise.all(this.#files().map((uri) => vscode.workspace.openTextDocument(uri)));
    return documents.flatMap((document) =>
      occurrences(document, word).map((range) => new vscode.Location(document.uri, range)),
    );
  }
}
