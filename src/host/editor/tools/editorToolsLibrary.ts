/** The commands of the editor for programs. Built as a bundle of its own, which is loaded by the first of them. */
export { describeContext } from "./context.ts";
export { listDiagnostics } from "./diagnostics.ts";
export { findReferences } from "./references.ts";
export { renameSymbol } from "./rename.ts";
export { findSymbols } from "./symbols.ts";
