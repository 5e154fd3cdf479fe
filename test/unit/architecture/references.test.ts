import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

const root = join(import.meta.dirname, "../../..");
const TEXTS = /\.(?:ts|mjs|md|json|css)$/;
/** A document of the repository, with or without an anchor. */
const DOCUMENT = /(?<![\w/])(docs\/[\w/-]+\.md)(?:#([\w-]+))?/g;
/** A link of Markdown to a file beside it. */
const LINK = /\]\((?!\w+:|#)([^)#\s]*)(?:#([^)\s]+))?\)/g;
/** A path of the source in a text of its own, as CONTRIBUTING writes it. */
const PATH = /`((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|md|json))`/g;
/** References to documents that only some people have. */
const LOOSE = /\b(?:wire contract §|design §|the seeds?\b|\.\.\/shared\b|[(\s][MF]\d{1,2}[),]\s*$)/i;

const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => TEXTS.test(file) && !/^(?:package-lock\.json|THIRD_PARTY|test\/fixtures\/wire\/)/.test(file))
  .filter((file) => existsSync(join(root, file)));
const textOf = (file: string): string => readFileSync(join(root, file), "utf8");

/** The anchors that GitHub makes of the headings of a document, and those written by hand. */
function anchorsOf(file: string): ReadonlySet<string> {
  const text = textOf(file).replaceAll(/^```[\s\S]*?^```/gm, "");
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
  const written = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id);
  return new Set([...headings, ...written]);
}

function isThere(file: string, anchor: string | undefined): boolean {
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || !file.endsWith(".md") || anchorsOf(file).has(anchor);
}

describe("References", () => {
  it("to a document of the repository lead to a section that exists", () => {
    const broken = files.flatMap((file) =>
      [...textOf(file).matchAll(DOCUMENT)]
        .filter(([, document = "", anchor]) => !isThere(document, anchor))
        .map(([reference]) => `${file}: ${reference}`),
    );
    assert.deepEqual(broken, []);
  });

  it("of a document to its neighbors lead somewhere", () => {
    const broken = files
      .filter((file) => file.endsWith(".md") && !file.startsWith("test/fixtures/"))
      .flatMap((file) =>
        [...textOf(file).matchAll(LINK)]
          .filter(([, path = "", anchor]) => !isThere(path === "" ? file : posix.join(dirname(file), path), anchor))
          .map(([reference]) => `${file}: ${reference}`),
      );
    assert.deepEqual(broken, []);
  });

  it("of CONTRIBUTING to files of the source name files that exist", () => {
    const places = ["", "src/"];
    const broken = [...textOf("CONTRIBUTING.md").matchAll(PATH)]
      .map(([, path = ""]) => path)
      .filter((path) => !path.startsWith("dist/") && !path.startsWith("node_modules/"))
      .filter((path) => !places.some((place) => existsSync(join(root, place + path))));
    assert.deepEqual(broken, []);
  });

  it("name no document that a stranger does not have", () => {
    const loose = files
      .filter((file) => /^(?:src|scripts)\//.test(file) || file === "package.nls.json" || file === "README.md")
      .flatMap((file) =>
        textOf(file)
          .split("\n")
          .flatMap((line, at) => (LOOSE.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
      );
    assert.deepEqual(loose, []);
  });
});
