import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, extname, join } from "node:path";
import { type Node, parse } from "acorn";
import { ancestor } from "acorn-walk";

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;
const MAX_FOLDER_FILES = 20;

const root = join(import.meta.dirname, "../../..");
/** Files of code that git knows or would add. */
const files = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "src", "test", "scripts"],
  {
    cwd: root,
    encoding: "utf8",
  },
)
  .split("\n")
  .filter((file) => [".ts", ".mts", ".mjs", ".cjs"].includes(extname(file)) && existsSync(join(root, file)));

const textOf = (file: string): string => readFileSync(join(root, file), "utf8");

/** The files that people write. */
const written = files.filter((file) => !textOf(file).startsWith("// Written by `node scripts/"));

/** The long functions of a file. The callback of a suite is a container of tests, not a function. */
function longFunctionsOf(file: string): string[] {
  const long: string[] = [];
  const code = file.endsWith("ts") ? stripTypeScriptTypes(textOf(file)) : textOf(file);
  const visit = (node: Node, _state: unknown, ancestors: Node[]): void => {
    const { start, end } = node.loc ?? assert.fail("the parser gives places");
    const lines = end.line - start.line + 1;
    if (lines > MAX_FUNCTION_LINES && !isSuite(ancestors.at(-2))) long.push(`${file}:${start.line} has ${lines} lines`);
  };
  ancestor(parse(code, { ecmaVersion: "latest", sourceType: "module", locations: true, allowHashBang: true }), {
    FunctionDeclaration: visit,
    FunctionExpression: visit,
    ArrowFunctionExpression: visit,
  });
  return long;
}

function isSuite(parent: Node | undefined): boolean {
  const { callee } = (parent ?? {}) as { readonly callee?: { readonly name?: string } };
  return parent?.type === "CallExpression" && callee?.name?.startsWith("describe") === true;
}

describe("The sizes of the code", () => {
  it(`are at most ${MAX_FILE_LINES} lines a file`, () => {
    const sizes = written.map((file) => ({ file, lines: textOf(file).split("\n").length - 1 }));
    assert.ok(sizes.length > 500, `only ${sizes.length} files were found`);
    const large = sizes.filter(({ lines }) => lines > MAX_FILE_LINES);
    assert.deepEqual(large, [], "split these by topic, each under a name of its own");
  });

  it(`are at most ${MAX_FUNCTION_LINES} lines a function`, () => {
    assert.deepEqual(files.flatMap(longFunctionsOf), [], "name the steps of these");
  });

  // Data of fixtures, documents and pictures are no code and are not counted.
  it(`are at most ${MAX_FOLDER_FILES} files a folder`, () => {
    const counts = Map.groupBy(files, (file) => dirname(file));
    const full = [...counts].flatMap(([folder, { length }]) => (length > MAX_FOLDER_FILES ? [{ folder, length }] : []));
    assert.deepEqual(full, [], "sort these into folders by topic");
  });
});
