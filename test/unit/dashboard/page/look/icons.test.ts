import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../../support/editor/paths.ts";

const read = (...path: string[]) => readFileSync(join(repositoryRoot, ...path), "utf8");

describe("The icons of the dashboard", () => {
  it("are in the font at the code points of the table", () => {
    const css = read("node_modules/@vscode/codicons/dist/codicon.css");
    const table = [...read("src/dashboard/page/look/icons.ts").matchAll(/^ {2}"?([\w-]+)"?: "\\u(\w{4})",$/gm)];
    assert.ok(table.length > 20);
    for (const [, name = "", code = ""] of table) {
      assert.match(css, new RegExp(`\\.codicon-${name}:before \\{ content: "\\\\${code}" \\}`), name);
    }
  });
});
