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

describe("Notifications and inputs", () => {
  it("go through the one file that removes links and icons", () => {
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const messages = join("host", "status", "messages.ts");
    assert.deepEqual(files.filter((file) => file !== messages).flatMap(usesOf), []);
    assert.ok(usesOf(messages).length > 5);
  });
});
