import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../../src");
/** What the editor shows as it is given, links and icons included. */
const raw =
  /\b(show(Information|Warning|Error)Message|showQuickPick|createQuickPick|showInputBox|createInputBox|withProgress|setStatusBarMessage|MarkdownString)\b/g;

function usesOf(file: string): string[] {
  return [...readFileSync(join(root, file), "utf8").matchAll(raw)].map(([name]) => `${file}: ${name}`);
}

describe("What a person is told", () => {
  it("goes through the one file that takes links and icons out of it", () => {
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const messages = join("host", "status", "messages.ts");
    assert.deepEqual(files.filter((file) => file !== messages).flatMap(usesOf), []);
    assert.ok(usesOf(messages).length > 5);
  });
});
