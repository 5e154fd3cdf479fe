import type { KnownCommand } from "../../core/ports.ts";

/**
 * The commands of the editor's extension API (see "Built-in Commands" in its reference), with the titles given there.
 * `getCommands` does not list them, because they are implemented in the extension host.
 */
const COMMANDS: readonly (readonly [id: string, title: string])[] = [
  ["setContext", "Set a custom context key value that can be used in when clauses"],
  ["vscode.executeCodeActionProvider", "Execute code action provider"],
  ["vscode.executeCodeLensProvider", "Execute code lens provider"],
  ["vscode.executeColorPresentationProvider", "Execute color presentation provider"],
  ["vscode.executeCompletionItemProvider", "Execute completion item provider"],
  ["vscode.executeDeclarationProvider", "Execute all declaration providers"],
  ["vscode.executeDefinitionProvider", "Execute all definition providers"],
  ["vscode.executeDocumentColorProvider", "Execute document color provider"],
  ["vscode.executeDocumentHighlights", "Execute document highlight provider"],
  ["vscode.executeDocumentRenameProvider", "Execute rename provider"],
  ["vscode.executeDocumentSymbolProvider", "Execute document symbol provider"],
  ["vscode.executeFoldingRangeProvider", "Execute folding range provider"],
  ["vscode.executeFormatDocumentProvider", "Execute document format provider"],
  ["vscode.executeFormatOnTypeProvider", "Execute format on type provider"],
  ["vscode.executeFormatRangeProvider", "Execute range format provider"],
  ["vscode.executeHoverProvider", "Execute all hover providers"],
  ["vscode.executeImplementationProvider", "Execute all implementation providers"],
  ["vscode.executeInlayHintProvider", "Execute inlay hints provider"],
  ["vscode.executeInlineValueProvider", "Execute inline value provider"],
  ["vscode.executeLinkProvider", "Execute document link provider"],
  ["vscode.executeReferenceProvider", "Execute all reference providers"],
  ["vscode.executeSelectionRangeProvider", "Execute selection range provider"],
  ["vscode.executeSignatureHelpProvider", "Execute signature help provider"],
  ["vscode.executeTypeDefinitionProvider", "Execute all type definition providers"],
  ["vscode.executeWorkspaceSymbolProvider", "Execute all workspace symbol providers"],
  ["vscode.openWith", "Opens the provided resource with a specific editor"],
  ["vscode.prepareCallHierarchy", "Prepare call hierarchy at a position inside a document"],
  ["vscode.prepareRename", "Execute the prepareRename of rename provider"],
  ["vscode.prepareTypeHierarchy", "Prepare type hierarchy at a position inside a document"],
  ["vscode.provideDocumentRangeSemanticTokens", "Provide semantic tokens for a document range"],
  ["vscode.provideDocumentRangeSemanticTokensLegend", "Provide semantic tokens legend for a document range"],
  ["vscode.provideDocumentSemanticTokens", "Provide semantic tokens for a document"],
  ["vscode.provideDocumentSemanticTokensLegend", "Provide semantic tokens legend for a document"],
  ["vscode.provideIncomingCalls", "Compute incoming calls for an item"],
  ["vscode.provideOutgoingCalls", "Compute outgoing calls for an item"],
  ["vscode.provideSubtypes", "Compute subtypes for an item"],
  ["vscode.provideSupertypes", "Compute supertypes for an item"],
  ["vscode.revealTestInExplorer", "Reveals a test instance in the explorer"],
  ["vscode.startContinuousTestRun", "Starts running the given tests with continuous run mode"],
  ["vscode.stopContinuousTestRun", "Stops running the given tests with continuous run mode"],
];

export const apiCommands: readonly KnownCommand[] = COMMANDS.map(([id, title]) => ({ id, title, source: "editor" }));
