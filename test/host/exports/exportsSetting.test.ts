import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { eventually } from "../../support/editor/deadline.ts";
import { activeExtension } from "../support.ts";

const DEADLINE_MS = 60_000;

/** The setting with these elements. `|` is where the cursor is. */
const setting = (...elements: readonly string[]) =>
  `{\n  "kiroBridge.exports": [\n    ${elements.join(",\n    ")}\n  ]\n}\n`;

describe("The setting of exports in settings.json", () => {
  let editor: vscode.TextEditor;
  let saved: string;

  before(async () => {
    await activeExtension();
    const isRemote = vscode.env.remoteName !== undefined;
    const open = isRemote ? "openRemoteSettingsFile" : "openSettingsJson";
    await vscode.commands.executeCommand(`workbench.action.${open}`);
    const shown = async () => await Promise.resolve(vscode.window.activeTextEditor);
    editor = await eventually(shown, { what: "the settings to be shown", deadlineMs: DEADLINE_MS });
    assert.match(editor.document.uri.path, /settings\.json$/);
    saved = editor.document.getText();
  });

  after(async () => {
    const { document } = editor;
    // Another editor may become active in between, and be the one that is reverted.
    const revert = async () => {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand("workbench.action.files.revert");
      return document.isDirty ? undefined : true;
    };
    await eventually(revert, { what: "the settings to be as they were", deadlineMs: DEADLINE_MS });
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    assert.equal(await readFile(document.uri.fsPath, "utf8"), saved);
  });

  /** Replaces the text, and returns the place of the cursor in it. */
  async function write(text: string): Promise<vscode.Position> {
    const { document } = editor;
    const at = text.indexOf("|");
    const all = new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, all, text.replace("|", ""));
    assert.ok(await vscode.workspace.applyEdit(edit));
    return document.positionAt(Math.max(at, 0));
  }

  /** The labels of what is offered at the cursor, when it has what the test waits for. */
  async function offered(text: string, wanted: string): Promise<string[]> {
    const place = await write(text);
    const look = async () => {
      const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
        "vscode.executeCompletionItemProvider",
        editor.document.uri,
        place,
      );
      const labels = items.map(({ label }) => (typeof label === "string" ? label : label.label));
      return labels.includes(wanted) ? labels : undefined;
    };
    return await eventually(look, { what: `'${wanted}' to be offered`, deadlineMs: DEADLINE_MS });
  }

  async function hover(text: string): Promise<string> {
    const place = await write(text);
    const look = async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        editor.document.uri,
        place,
      );
      const texts = hovers
        .flatMap(({ contents }) => contents)
        .map((part) => (typeof part === "string" ? part : part.value));
      return texts.length > 0 ? texts.join("\n") : undefined;
    };
    return await eventually(look, { what: "a description to be shown", deadlineMs: DEADLINE_MS });
  }

  it("is completed with the kinds, and with the fields of the kind and the preset", async () => {
    const kinds = await offered(setting('{ "name": "a", "kind": "|" }'), '"dynamodb"');
    assert.ok(kinds.includes('"webhook"'), kinds.join());

    const s3 = await offered(setting('{ "name": "a", "kind": "s3", "|" }'), "storageClass");
    assert.ok(s3.includes("bucket") && s3.includes("filter") && !s3.includes("table"), s3.join());

    const grafana = await offered(setting('{ "name": "a", "kind": "otlp", "preset": "grafana", "|" }'), "instanceId");
    assert.ok(grafana.includes("temporality") && !grafana.includes("projectId"), grafana.join());

    const ways = await offered(setting('{ "name": "a", "kind": "azure-blob", "auth": { "kind": "|" } }'), '"entra"');
    assert.ok(ways.includes('"sas"') && !ways.includes('"chain"'), ways.join());
  });

  it("describes a field under the pointer, also one that several kinds have", async () => {
    const ttl = setting('{ "name": "a", "kind": "dynamodb", "region": "r", "table": "runs", "ttl|Days": 1 }');
    assert.match(await hover(ttl), /The days after its last change at which the store may remove an item/);
    const tenant = setting('{ "name": "a", "kind": "azure-blob", "auth": { "kind": "entra", "tenant|Id": "t" } }');
    assert.match(await hover(tenant), /The ID or the domain of the tenant/);
  });

  it("is marked where a field does not belong to the kind, or is missing", async () => {
    await write(
      setting(
        '{ "name": "fine", "kind": "s3", "bucket": "runs", "region": "eu-central-1", "auth": { "kind": "chain" } }',
        '{ "name": "other", "kind": "gcs", "bucket": "runs", "table": "runs" }',
        '{ "name": "less", "kind": "otlp", "preset": "grafana", "instanceId": "1" }',
        '{ "name": "key", "kind": "webhook", "url": "https://example.com", "batch": "many" }',
      ),
    );
    const look = async () => {
      const marked = vscode.languages.getDiagnostics(editor.document.uri);
      const found = marked.map(({ message, range }) => `${range.start.line}: ${message}`).toSorted();
      // All of a text are there at once, but those of the text before stay until then.
      return await Promise.resolve(found.some((line) => line.includes("table")) ? found : undefined);
    };
    const found = await eventually(look, { what: "a field to be marked", deadlineMs: DEADLINE_MS });
    assert.equal(found.length, 3, found.join("\n"));
    assert.match(found[0] ?? "", /^3: Property table is not allowed/);
    assert.match(found[1] ?? "", /^4: Missing property "endpoint"/);
    assert.match(found[2] ?? "", /^5: Incorrect type/);
  });
});
