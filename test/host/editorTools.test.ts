import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { type EditorCommandId, editorCommands } from "../../src/protocol/editor/editorCommands.ts";
import { type Discovery, execute, waitForBridge } from "./support.ts";
import { askTool, runTool } from "./toolCommands.ts";
import { WordLanguage } from "./wordLanguage.ts";

describe("The editor's commands for programs", () => {
  let bridge: Discovery;
  let root: string;
  /** New for each test, because an editor without file watching keeps what it has read of a file. */
  let folder: string;
  let count = 0;
  let outside: string;
  let files: vscode.Uri[] = [];
  const registered: vscode.Disposable[] = [];

  /** Returns a path relative to the folder of the window. */
  const inFolder = (name: string) => `words${count}/${name}`;

  const ask = (command: EditorCommandId, argument?: object) => askTool(bridge, command, argument);
  const run = <Id extends EditorCommandId>(command: Id, argument?: object) => runTool(bridge, command, argument);

  before(async () => {
    bridge = await waitForBridge();
    root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    outside = await mkdtemp(join(tmpdir(), "kb-outside-"));
    await writeFile(join(outside, "secret.words"), "alpha");
    const language = new WordLanguage(() => files);
    const selector = { scheme: "file", pattern: "**/*.words" };
    registered.push(
      vscode.languages.registerReferenceProvider(selector, language),
      vscode.languages.registerRenameProvider(selector, language),
      vscode.languages.registerDocumentSymbolProvider(selector, language),
      vscode.languages.registerWorkspaceSymbolProvider(language),
    );
  });

  beforeEach(async () => {
    folder = join(root, `words${++count}`);
    await mkdir(folder);
    await writeFile(join(folder, "one.words"), "Types alpha\nbeta alphabet alpha\n");
    await writeFile(join(folder, "two.words"), "alpha\n");
    await writeFile(join(folder, "old.words"), "old");
    files = ["one.words", "two.words"].map((name) => vscode.Uri.file(join(folder, name)));
  });

  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    for (const document of vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty)) {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    }
    await rm(folder, { recursive: true });
  });

  after(async () => {
    for (const each of registered) each.dispose();
    await rm(outside, { recursive: true, force: true });
  });

  it("are known commands, which the default policy allows", async () => {
    const answer = await fetch(`${bridge.url}/api/kiro/commands?query=kiro.editor.`, {
      headers: { authorization: `Bearer ${bridge.token}` },
    });
    const { commands } = Object(await answer.json());
    assert.deepEqual(
      commands,
      Object.entries(editorCommands)
        .map(([id, { title }]) => ({ id, title, source: "editor", allowed: true }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });

  it("show the folders, the active file with its selection, and the visible editors", async () => {
    const editor = await vscode.window.showTextDocument(vscode.Uri.file(join(folder, "one.words")));
    editor.selection = new vscode.Selection(1, 0, 1, 4);
    const { folders, activeFile, visibleEditors } = await run("kiro.editor.context");
    assert.deepEqual(
      folders.map(({ path }) => path),
      vscode.workspace.workspaceFolders?.map(({ uri }) => uri.fsPath),
    );
    assert.deepEqual(activeFile, {
      path: join(folder, "one.words"),
      languageId: "plaintext",
      isDirty: false,
      lineCount: 3,
      selection: { start: { line: 1, character: 0 }, end: { line: 1, character: 4 } },
      selectionCount: 1,
      selectedText: "beta",
      isSelectedTextTruncated: false,
    });
    assert.ok(visibleEditors.some(({ path }) => path === join(folder, "one.words")));
  });

  it("mark a selected text that is too long", async () => {
    await writeFile(join(folder, "long.words"), "x".repeat(30_000));
    const editor = await vscode.window.showTextDocument(vscode.Uri.file(join(folder, "long.words")));
    editor.selection = new vscode.Selection(0, 0, 0, 30_000);
    const { activeFile } = await run("kiro.editor.context");
    assert.deepEqual([activeFile?.selectedText.length, activeFile?.isSelectedTextTruncated], [20_000, true]);
  });

  it("count the problems, and list them by severity, file and page", async () => {
    const collection = vscode.languages.createDiagnosticCollection("words");
    registered.push(collection);
    const at = new vscode.Range(0, 1, 0, 2);
    const { Error: error, Warning: warning, Hint: hint } = vscode.DiagnosticSeverity;
    const [one, two] = files;
    assert.ok(one !== undefined && two !== undefined);
    const before = (await run("kiro.editor.context")).diagnostics;
    const coded = new vscode.Diagnostic(at, "broken", error);
    coded.source = "words";
    coded.code = { value: 7, target: one };
    collection.set(one, [new vscode.Diagnostic(at, "y".repeat(5000), hint), coded]);
    collection.set(two, [new vscode.Diagnostic(at, "odd", warning)]);
    const { diagnostics: counts } = await run("kiro.editor.context");
    assert.deepEqual(
      [counts.files, counts.error, counts.warning, counts.hint],
      [before.files + 2, before.error + 1, before.warning + 1, before.hint + 1],
    );
    const all = await run("kiro.editor.diagnostics", { path: folder });
    const range = { start: { line: 0, character: 1 }, end: { line: 0, character: 2 } };
    assert.deepEqual(all.diagnostics.slice(0, 2), [
      { path: one.fsPath, range, severity: "error", message: "broken", source: "words", code: "7" },
      { path: two.fsPath, range, severity: "warning", message: "odd" },
    ]);
    assert.equal(all.diagnostics[2]?.message, `${"y".repeat(4000)}…`);
    assert.deepEqual([all.total, all.nextOffset], [3, undefined]);
    const severe = await run("kiro.editor.diagnostics", { path: folder, severity: "warning", limit: 1 });
    assert.deepEqual([severe.diagnostics[0]?.message, severe.total, severe.nextOffset], ["broken", 2, 1]);
    const next = await run("kiro.editor.diagnostics", { path: folder, severity: "warning", limit: 1, offset: 1 });
    assert.deepEqual([next.diagnostics[0]?.message, next.total, next.nextOffset], ["odd", 2, undefined]);
    const ofTwo = await run("kiro.editor.diagnostics", { path: inFolder("two.words") });
    assert.deepEqual(
      ofTwo.diagnostics.map(({ message }) => message),
      ["odd"],
    );
    collection.clear();
  });

  it("find symbols of the workspace, and of a file with what contains them", async () => {
    const found = await run("kiro.editor.findSymbols", { query: "alpha", limit: 2 });
    assert.deepEqual([found.symbols.length, found.total, found.nextOffset], [2, 3, 2]);
    assert.deepEqual(found.symbols[0], {
      name: "alpha",
      kind: "Variable",
      container: "words",
      path: join(folder, "one.words"),
      range: { start: { line: 0, character: 6 }, end: { line: 0, character: 11 } },
    });
    const { symbols } = await run("kiro.editor.findSymbols", { path: inFolder("one.words"), query: "BET" });
    assert.deepEqual(
      symbols.map(({ name, kind, container }) => [name, kind, container]),
      [
        ["beta", "Function", "Types"],
        ["alphabet", "Function", "Types"],
      ],
    );
    const [top] = (await run("kiro.editor.findSymbols", { path: inFolder("one.words") })).symbols;
    assert.deepEqual([top?.name, top?.kind, top?.container], ["Types", "Class", undefined]);
  });

  it("find references at a character, or at a name in the line", async () => {
    const byCharacter = await run("kiro.editor.findReferences", { path: inFolder("one.words"), line: 0, character: 7 });
    assert.equal(byCharacter.total, 3);
    assert.deepEqual(byCharacter.references.map(({ path }) => path).toSorted(), [
      join(folder, "one.words"),
      join(folder, "one.words"),
      join(folder, "two.words"),
    ]);
    const named = { path: join(folder, "one.words"), line: 1, symbol: "alpha", limit: 1 };
    const byName = await run("kiro.editor.findReferences", named);
    assert.deepEqual([byName.total, byName.nextOffset], [3, 1]);
  });

  it("rename in all files, and leave them unsaved", async () => {
    const renamed = await run("kiro.editor.rename", {
      path: inFolder("one.words"),
      line: 1,
      symbol: "alpha",
      newName: "gamma",
    });
    assert.deepEqual([renamed.totalFiles, renamed.totalEdits], [2, 3]);
    assert.deepEqual(
      renamed.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
      [
        { path: join(folder, "one.words"), edits: 2, isSaved: false },
        { path: join(folder, "two.words"), edits: 1, isSaved: false },
      ],
    );
    const document = await vscode.workspace.openTextDocument(join(folder, "one.words"));
    assert.equal(document.getText(), "Types gamma\nbeta alphabet gamma\n");
    assert.equal(await readFile(join(folder, "two.words"), "utf8"), "alpha\n");
  });

  it("save what they have renamed if asked", async () => {
    const place = { path: inFolder("two.words"), line: 0, character: 0 };
    const { files: changed } = await run("kiro.editor.rename", { ...place, newName: "gamma", save: true });
    assert.ok(changed.every(({ isSaved }) => isSaved));
    assert.equal(await readFile(join(folder, "one.words"), "utf8"), "Types gamma\nbeta alphabet gamma\n");
    assert.equal(await readFile(join(folder, "two.words"), "utf8"), "gamma\n");
  });

  it("rename nothing if a file outside the window would change, or the language rejects the name", async () => {
    const place = { path: inFolder("two.words"), line: 0, character: 0 };
    files.push(vscode.Uri.file(join(outside, "secret.words")));
    const far = await ask("kiro.editor.rename", { ...place, newName: "gamma", save: true });
    assert.equal(far.answer.code, "COMMAND_EXECUTION_FAILED");
    assert.match(far.answer.error ?? "", /would change .*secret\.words, which is in no folder of this window/);
    files.pop();
    const refused = await ask("kiro.editor.rename", { ...place, newName: "a b", save: true });
    assert.equal(refused.answer.error, "A name has no spaces.");
    for (const file of [join(outside, "secret.words"), join(folder, "two.words")])
      assert.equal((await readFile(file, "utf8")).trim(), "alpha");
  });

  it("report the files that a rename has moved", async () => {
    const place = { path: inFolder("two.words"), line: 0, character: 0 };
    const { fileOperations } = await run("kiro.editor.rename", { ...place, newName: "moved" });
    const to = join(folder, "moved.words");
    assert.deepEqual(fileOperations, [{ kind: "move", path: join(folder, "old.words"), to }]);
    assert.equal(await readFile(to, "utf8"), "old");
  });

  const wrong: [string, EditorCommandId, { path?: string; [field: string]: unknown }, string][] = [
    ["an unknown field", "kiro.editor.context", { file: "a" }, "params.0"],
    ["an unknown severity", "kiro.editor.diagnostics", { severity: "fatal" }, "params.0.severity"],
    ["a limit that is too large", "kiro.editor.diagnostics", { limit: 1001 }, "params.0.limit"],
    ["neither query nor path", "kiro.editor.findSymbols", {}, "params.0.query"],
    ["no position", "kiro.editor.findReferences", { path: "one.words", line: 0 }, "params.0.character"],
    [
      "two positions",
      "kiro.editor.findReferences",
      { path: "one.words", line: 0, character: 0, symbol: "x" },
      "params.0.character",
    ],
    ["a line after the end", "kiro.editor.findReferences", { path: "one.words", line: 9, character: 0 }, "line"],
    [
      "a character after the end",
      "kiro.editor.findReferences",
      { path: "one.words", line: 0, character: 99 },
      "character",
    ],
    [
      "a name that is only a part",
      "kiro.editor.rename",
      { path: "one.words", line: 1, symbol: "alph", newName: "x" },
      "symbol",
    ],
  ];
  for (const [name, command, argument, field] of wrong) {
    it(`reject ${name}`, async () => {
      const { status, answer } = await ask(command, {
        ...argument,
        ...(argument.path && { path: inFolder(argument.path) }),
      });
      assert.deepEqual([status, answer.code], [400, "VALIDATION_FAILED"], JSON.stringify(answer));
      assert.equal(Object(answer["context"])["field"], field);
    });
  }

  it("reject more than one argument", async () => {
    const { status } = await execute(bridge, { command: "kiro.editor.context", params: [{}, {}] });
    assert.equal(status, 400);
  });

  it("do not leave the folders of the window, by no path and no link", async () => {
    await symlink(outside, join(folder, "way-out"));
    const paths = [
      join(outside, "secret.words"),
      join(folder, "way-out/secret.words"),
      "../../etc/passwd",
      "/etc/passwd",
      join(folder, "none"),
      "a\0b",
    ];
    for (const path of paths) {
      const { status, answer } = await ask("kiro.editor.findSymbols", { path });
      assert.deepEqual([status, answer.code], [404, "NOT_FOUND"], path);
    }
  });
});
