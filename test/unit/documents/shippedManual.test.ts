import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeShippedManual } from "../../../scripts/documents/shippedManual.mjs";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

const home = /^https:\/\/github\.com\/kiro-bridge\/kiro-bridge\/(?:blob|raw)\/HEAD\//;

describe("The documents in the package", () => {
  let folder: string;

  before(async () => {
    folder = await temporaryFolder();
    await writeShippedManual(folder);
  });

  after(() => removeFolder(folder));

  const files = (): string[] =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));

  it("are all in the list of documents", () => {
    const list = readFileSync("docs/README.md", "utf8");
    assert.deepEqual(
      files().filter((file) => !list.includes(`](${file.replaceAll("\\", "/")})`)),
      [],
    );
  });

  it("are the guide to exports, and the manual", () => {
    const manual = readdirSync("docs/manual").map((name) => join("manual", name));
    assert.deepEqual(files().toSorted(), ["exports.md", ...manual].toSorted());
  });

  it("have links to each other, or to a file of the repository by its address", () => {
    const targets = files().flatMap((file) =>
      [...readFileSync(join(folder, file), "utf8").matchAll(/\]\(([^)#\s]+)[^)\s]*\)/g)].map(([, target = ""]) => ({
        file,
        target,
      })),
    );
    const isThere = (file: string, target: string): boolean => {
      if (home.test(target)) return existsSync(target.replace(home, ""));
      return target.startsWith("https://") || existsSync(join(folder, dirname(file), target));
    };
    assert.ok(targets.some(({ target }) => home.test(target)));
    assert.ok(targets.some(({ target }) => target === "manual/privacy.md"));
    assert.deepEqual(
      targets.filter(({ file, target }) => !isThere(file, target)),
      [],
    );
  });

  it("have pictures at the address of the picture itself", () => {
    const pictures = files().flatMap((file) =>
      [...readFileSync(join(folder, file), "utf8").matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(
        ([, target = ""]) => target,
      ),
    );
    assert.ok(pictures.length > 0);
    for (const picture of pictures)
      assert.match(picture, /^https:\/\/github\.com\/kiro-bridge\/kiro-bridge\/raw\/HEAD\//);
  });
});
