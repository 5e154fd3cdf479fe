import assert from "node:assert/strict";
import * as vscode from "vscode";
import { type Discovery, execute, waitForBridge } from "./support.ts";

const selector = { language: "plaintext", scheme: "untitled" };
const here = new vscode.Position(0, 1);
const word = new vscode.Range(0, 0, 0, 3);
const spelledWord = { $type: "Range", start: { line: 0, character: 0 }, end: { line: 0, character: 3 } };
const legend = new vscode.SemanticTokensLegend(["type"], ["declaration"]);

/** A provider with one answer for each command of the editor's API that asks the providers of a language. */
function providers(uri: vscode.Uri): vscode.Disposable[] {
  return [...navigationProviders(uri), ...hierarchyProviders(uri), ...editProviders(uri), ...displayProviders()];
}

function navigationProviders(uri: vscode.Uri): vscode.Disposable[] {
  const { languages } = vscode;
  const location = new vscode.Location(uri, word);
  return [
    languages.registerHoverProvider(selector, {
      provideHover: () => new vscode.Hover(new vscode.MarkdownString("**hi**"), word),
    }),
    languages.registerDefinitionProvider(selector, { provideDefinition: () => location }),
    languages.registerDeclarationProvider(selector, { provideDeclaration: () => location }),
    languages.registerTypeDefinitionProvider(selector, { provideTypeDefinition: () => location }),
    languages.registerImplementationProvider(selector, { provideImplementation: () => location }),
    languages.registerReferenceProvider(selector, { provideReferences: () => [location] }),
    languages.registerDocumentHighlightProvider(selector, {
      provideDocumentHighlights: () => [new vscode.DocumentHighlight(word, vscode.DocumentHighlightKind.Write)],
    }),
    languages.registerDocumentSymbolProvider(selector, {
      provideDocumentSymbols: () => [new vscode.DocumentSymbol("one", "first", vscode.SymbolKind.Class, word, word)],
    }),
    languages.registerWorkspaceSymbolProvider({
      provideWorkspaceSymbols: (query) =>
        query === "kbtest" ? [new vscode.SymbolInformation("kbtest", vscode.SymbolKind.Class, "in", location)] : [],
    }),
  ];
}

function hierarchyProviders(uri: vscode.Uri): vscode.Disposable[] {
  const { languages } = vscode;
  const item = new vscode.CallHierarchyItem(vscode.SymbolKind.Function, "call", "", uri, word, word);
  const type = new vscode.TypeHierarchyItem(vscode.SymbolKind.Class, "type", "", uri, word, word);
  return [
    languages.registerCallHierarchyProvider(selector, {
      prepareCallHierarchy: () => item,
      provideCallHierarchyIncomingCalls: () => [],
      provideCallHierarchyOutgoingCalls: () => [],
    }),
    languages.registerTypeHierarchyProvider(selector, {
      prepareTypeHierarchy: () => type,
      provideTypeHierarchySupertypes: () => [],
      provideTypeHierarchySubtypes: () => [],
    }),
  ];
}

function editProviders(uri: vscode.Uri): vscode.Disposable[] {
  const { languages } = vscode;
  const edit = vscode.TextEdit.replace(word, "xyz");
  const renamed = new vscode.WorkspaceEdit();
  renamed.set(uri, [edit]);
  const signature = new vscode.SignatureHelp();
  signature.signatures = [new vscode.SignatureInformation("f(a)", new vscode.MarkdownString("*f*"))];
  return [
    languages.registerDocumentFormattingEditProvider(selector, { provideDocumentFormattingEdits: () => [edit] }),
    languages.registerDocumentRangeFormattingEditProvider(selector, {
      provideDocumentRangeFormattingEdits: () => [edit],
    }),
    languages.registerOnTypeFormattingEditProvider(selector, { provideOnTypeFormattingEdits: () => [edit] }, "}"),
    languages.registerCodeActionsProvider(selector, {
      provideCodeActions: () => [new vscode.CodeAction("Fix it", vscode.CodeActionKind.QuickFix)],
    }),
    languages.registerCodeLensProvider(selector, {
      provideCodeLenses: () => [new vscode.CodeLens(word, { title: "Lens", command: "kiroBridgeTest.lens" })],
    }),
    languages.registerCompletionItemProvider(selector, {
      provideCompletionItems: () => [new vscode.CompletionItem("kbtest", vscode.CompletionItemKind.Keyword)],
    }),
    languages.registerSignatureHelpProvider(selector, { provideSignatureHelp: () => signature }, "("),
    languages.registerRenameProvider(selector, { provideRenameEdits: () => renamed, prepareRename: () => word }),
  ];
}

function displayProviders(): vscode.Disposable[] {
  const { languages } = vscode;
  const tokens = new vscode.SemanticTokensBuilder(legend);
  tokens.push(word, "type", ["declaration"]);
  return [
    languages.registerDocumentLinkProvider(selector, {
      provideDocumentLinks: () => [new vscode.DocumentLink(word, vscode.Uri.parse("https://a.example/"))],
    }),
    languages.registerColorProvider(selector, {
      provideDocumentColors: () => [new vscode.ColorInformation(word, new vscode.Color(1, 0.5, 0, 1))],
      provideColorPresentations: ({ red, green }) => [new vscode.ColorPresentation(`rgb ${red} ${green}`)],
    }),
    languages.registerFoldingRangeProvider(selector, {
      provideFoldingRanges: () => [new vscode.FoldingRange(0, 1, vscode.FoldingRangeKind.Comment)],
    }),
    languages.registerSelectionRangeProvider(selector, {
      provideSelectionRanges: () => [new vscode.SelectionRange(word)],
    }),
    languages.registerInlayHintsProvider(selector, { provideInlayHints: () => [new vscode.InlayHint(here, "hint")] }),
    languages.registerInlineValuesProvider(selector, {
      provideInlineValues: () => [new vscode.InlineValueText(word, "value")],
    }),
    languages.registerDocumentSemanticTokensProvider(
      selector,
      { provideDocumentSemanticTokens: () => tokens.build("1") },
      legend,
    ),
  ];
}

describe("The commands of the editor's API", () => {
  let bridge: Discovery;
  let document: vscode.TextDocument;
  const registered: vscode.Disposable[] = [];

  before(async () => {
    bridge = await waitForBridge();
    document = await vscode.workspace.openTextDocument({ language: "plaintext", content: "one two\nthree\n" });
    registered.push(...providers(document.uri));
  });

  after(() => {
    for (const disposable of registered) disposable.dispose();
  });

  async function resultOf(command: string, ...params: unknown[]): Promise<unknown> {
    const { status, body } = await execute(bridge, { command, params });
    const { success, error, result } = body as { success: boolean; error?: string; result?: unknown };
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(success, true, `${command}: ${error}`);
    return result;
  }

  const uri = () => ({ $type: "Uri", value: document.uri.toString() });
  const spelledHere = { $type: "Position", line: 0, character: 1 };
  const formatting = { tabSize: 2, insertSpaces: true };
  const location = () => ({ $type: "Location", uri: document.uri.toString(), range: omitType(spelledWord) });
  const edits = [{ range: spelledWord, newText: "xyz" }];

  const cases: [string, () => unknown[], () => unknown][] = [
    ["vscode.executeHoverProvider", () => [uri(), spelledHere], () => [{ contents: [{ value: "**hi**" }] }]],
    ["vscode.executeDefinitionProvider", () => [uri(), spelledHere], () => [location()]],
    ["vscode.executeDeclarationProvider", () => [uri(), spelledHere], () => [location()]],
    ["vscode.executeTypeDefinitionProvider", () => [uri(), spelledHere], () => [location()]],
    ["vscode.executeImplementationProvider", () => [uri(), spelledHere], () => [location()]],
    ["vscode.executeReferenceProvider", () => [uri(), spelledHere], () => [location()]],
    ["vscode.executeDocumentHighlights", () => [uri(), spelledHere], () => [{ range: spelledWord, kind: 2 }]],
    [
      "vscode.executeDocumentSymbolProvider",
      () => [uri()],
      () => [{ name: "one", detail: "first", kind: 4, range: spelledWord, children: [] }],
    ],
    ["vscode.executeWorkspaceSymbolProvider", () => ["kbtest"], () => [{ name: "kbtest", location: location() }]],
    ["vscode.executeFormatDocumentProvider", () => [uri(), formatting], () => edits],
    ["vscode.executeFormatRangeProvider", () => [uri(), spelledWord, formatting], () => edits],
    ["vscode.executeFormatOnTypeProvider", () => [uri(), spelledHere, "}", formatting], () => edits],
    [
      "vscode.executeCodeActionProvider",
      () => [uri(), spelledWord, "quickfix"],
      () => [{ title: "Fix it", kind: { value: "quickfix" } }],
    ],
    [
      "vscode.executeCodeLensProvider",
      () => [uri()],
      () => [{ range: spelledWord, isResolved: true, command: { title: "Lens" } }],
    ],
    [
      "vscode.executeCompletionItemProvider",
      () => [uri(), spelledHere],
      () => ({ items: [{ label: "kbtest", kind: vscode.CompletionItemKind.Keyword }] }),
    ],
    [
      "vscode.executeSignatureHelpProvider",
      () => [uri(), spelledHere, "("],
      () => ({ signatures: [{ label: "f(a)", documentation: { value: "*f*" } }] }),
    ],
    [
      "vscode.executeDocumentRenameProvider",
      () => [uri(), spelledHere, "xyz"],
      () => ({ entries: [[uri(), [{ range: spelledWord, newText: "xyz" }]]] }),
    ],
    ["vscode.prepareRename", () => [uri(), spelledHere], () => ({ range: spelledWord, placeholder: "one" })],
    [
      "vscode.executeLinkProvider",
      () => [uri()],
      () => [{ range: spelledWord, target: { $type: "Uri", value: "https://a.example/" } }],
    ],
    [
      "vscode.executeDocumentColorProvider",
      () => [uri()],
      () => [{ range: spelledWord, color: { $type: "Color", red: 1, green: 0.5, blue: 0, alpha: 1 } }],
    ],
    [
      "vscode.executeColorPresentationProvider",
      () => [
        { $type: "Color", red: 1, green: 0.5, blue: 0, alpha: 1 },
        { uri: uri(), range: spelledWord },
      ],
      () => [{ label: "rgb 1 0.5" }],
    ],
    ["vscode.executeFoldingRangeProvider", () => [uri()], () => [{ start: 0, end: 1, kind: 1 }]],
    ["vscode.executeSelectionRangeProvider", () => [uri(), [spelledHere]], () => [{ range: spelledWord }]],
    ["vscode.executeInlayHintProvider", () => [uri(), spelledWord], () => [{ position: spelledHere, label: "hint" }]],
    [
      "vscode.executeInlineValueProvider",
      () => [uri(), spelledWord, { frameId: 1, stoppedLocation: spelledWord }],
      () => [{ range: spelledWord, text: "value" }],
    ],
    ["vscode.provideDocumentSemanticTokensLegend", () => [uri()], () => ({ tokenTypes: ["type"] })],
    ["vscode.provideDocumentSemanticTokens", () => [uri()], () => ({ data: [0, 0, 3, 0, 1] })],
    ["vscode.prepareCallHierarchy", () => [uri(), spelledHere], () => [{ name: "call", range: spelledWord }]],
    ["vscode.prepareTypeHierarchy", () => [uri(), spelledHere], () => [{ name: "type", range: spelledWord }]],
  ];

  for (const [command, params, expected] of cases) {
    it(`${command} returns the result of its provider`, async () => {
      assertWithin(await resultOf(command, ...params()), expected());
    });
  }

  it("are listed, like those of extensions that are not active yet", async () => {
    const answer = await fetch(`${bridge.url}/api/kiro/status`, {
      headers: { authorization: `Bearer ${bridge.token}` },
    });
    const { availableCommands } = (await answer.json()) as { availableCommands: string[] };
    assert.deepEqual(
      cases.map(([command]) => command).filter((command) => !availableCommands.includes(command)),
      [],
    );
    assert.ok(availableCommands.includes("markdown.showPreview"));
    assert.deepEqual(
      availableCommands.filter((id) => id.startsWith("_")),
      [],
    );
    assert.equal(new Set(availableCommands).size, availableCommands.length);
  });

  it("activates the extension of a command", async () => {
    const extension = vscode.extensions.getExtension("vscode.markdown-language-features");
    assert.ok(extension !== undefined && !extension.isActive, "another test has activated it");
    await vscode.window.showTextDocument(document);
    await resultOf("markdown.showPreview");
    assert.equal(extension.isActive, true);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });

  it("distinguishes a failure inside a command from a missing command", async () => {
    registered.push(
      vscode.commands.registerCommand("kiroBridgeTest.misses", () =>
        vscode.commands.executeCommand("kiroBridgeTest.inner"),
      ),
      vscode.commands.registerCommand("kiroBridgeTest.denies", () => {
        throw new Error("command 'kiroBridgeTest.denies' not found");
      }),
    );
    const errorOf = async (command: string) => ((await execute(bridge, { command })).body as { error?: string }).error;
    assert.equal(await errorOf("kiroBridgeTest.misses"), "command 'kiroBridgeTest.inner' not found");
    assert.equal(await errorOf("kiroBridgeTest.denies"), "command 'kiroBridgeTest.denies' not found");
    assert.match((await errorOf("kiroBridgeTest.inner")) ?? "", /^Command 'kiroBridgeTest\.inner' not found\./);
  });
});

function omitType({ $type, ...rest }: { readonly $type: string }): object {
  assert.ok($type);
  return rest;
}

/** Everything expected is there; there may be more. A list has as many items as expected. */
function assertWithin(found: unknown, expected: unknown, path = "result"): void {
  if (typeof expected !== "object" || expected === null) return assert.deepEqual(found, expected, path);
  assert.ok(typeof found === "object" && found !== null, `${path} is ${String(found)}`);
  if (Array.isArray(expected))
    assert.equal(Reflect.get(found, "length"), expected.length, `${path}: ${JSON.stringify(found)}`);
  for (const [key, value] of Object.entries(expected)) {
    assert.ok(key in found, `${path}.${key} is missing in ${JSON.stringify(found)}`);
    assertWithin(Reflect.get(found, key), value, `${path}.${key}`);
  }
}
