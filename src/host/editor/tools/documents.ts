import { join, relative, resolve } from "node:path";
import * as vscode from "vscode";
import { containsIn, machineFolders } from "../../../core/commands/folderPaths.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { invalid, quote } from "../../../protocol/validate.ts";

interface Point {
  readonly line: number;
  readonly character: number;
}

/** A position as programs give it: by the character, or by a name in the line. */
interface Place {
  readonly path: string;
  readonly line: number;
  readonly character?: number | undefined;
  readonly symbol?: string | undefined;
}

const PART_OF_NAME = /[\p{L}\p{N}_$]/u;

/**
 * Returns the URI of a file or folder in a folder of this window. Symbolic links are resolved, so that none leads out.
 * @throws BridgeError NOT_FOUND
 */
export async function resolvePath(path: string): Promise<vscode.Uri> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  for (const folder of folders) {
    const found = await findInFolder(folder.uri, path);
    if (found !== undefined) return found;
  }
  const openFolders = folders.map(({ uri }) => pathOf(uri));
  const open = folders.length === 0 ? "no folder is open" : `the open folders are ${openFolders.join(", ")}`;
  throw new BridgeError("NOT_FOUND", `There is no '${quote(path)}' in this window; ${open}.`, { openFolders });
}

/** Returns true if a document is inside a folder of this window, or is not stored. */
export async function isInWindow(uri: vscode.Uri): Promise<boolean> {
  if (uri.scheme === "untitled") return true;
  if (uri.scheme !== "file") return vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    if ((await findInFolder(folder.uri, uri.fsPath)) !== undefined) return true;
  }
  return false;
}

/** Returns the URI with the folder's own spelling, which the editor and its language servers know. */
async function findInFolder(folder: vscode.Uri, path: string): Promise<vscode.Uri | undefined> {
  if (folder.scheme !== "file") return undefined;
  const root = await machineFolders.realPath(folder.fsPath);
  const target = await machineFolders.realPath(resolve(folder.fsPath, path));
  if (root === undefined || target === undefined || !(await containsIn(machineFolders, root, target))) return undefined;
  const way = relative(root, target);
  // A real path may differ in letter case from that of its folder.
  return vscode.Uri.file(way.startsWith("..") ? target : join(folder.fsPath, way));
}

/**
 * Opens a document, without showing it, and finds a position in it.
 * @throws BridgeError NOT_FOUND, VALIDATION_FAILED for a position that the document does not have
 */
export async function openAt({ path, ...place }: Place): Promise<{ uri: vscode.Uri; position: vscode.Position }> {
  const document = await vscode.workspace.openTextDocument(await resolvePath(path));
  return { uri: document.uri, position: positionIn(document, place) };
}

function positionIn(document: vscode.TextDocument, { line, character, symbol }: Omit<Place, "path">): vscode.Position {
  if (line >= document.lineCount) throw outOfRange("line", document.lineCount - 1, "the last line");
  const { text } = document.lineAt(line);
  if (symbol !== undefined) return new vscode.Position(line, findName(text, symbol));
  if (character === undefined || character > text.length)
    throw outOfRange("character", text.length, "the end of the line");
  return new vscode.Position(line, character);
}

function outOfRange(field: string, most: number, what: string): BridgeError {
  return invalid(field, "too_big", `at most ${most}, ${what}`, "a larger number");
}

/** Returns the first occurrence of a name that is not a part of a longer one. */
function findName(text: string, name: string): number {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [before = "", after = ""] = [text[at - 1], text[at + name.length]];
    if (!PART_OF_NAME.test(before) && !PART_OF_NAME.test(after)) return at;
  }
  throw invalid("symbol", "not_found", "a name in the line", "string", `'${quote(name)}' is not in the line`);
}

/** Returns the path of a file, and the URI of any other document. */
export function pathOf(uri: vscode.Uri): string {
  return uri.scheme === "file" ? uri.fsPath : uri.toString();
}

export function plainRange({ start, end }: vscode.Range): { start: Point; end: Point } {
  return { start: plainPoint(start), end: plainPoint(end) };
}

function plainPoint({ line, character }: vscode.Position): Point {
  return { line, character };
}
