import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CHAIN_START, hashOf } from "../../../../src/access/audit/auditChain.ts";
import { exportAudit } from "../../../../src/access/audit/reading/exportAudit.ts";
import { AuditFolder } from "../../../support/auditFolder.ts";

describe("The export of the audit log", () => {
  let folder: AuditFolder;
  let path: string;
  beforeEach(async () => {
    folder = await AuditFolder.create();
    path = join(dirname(folder.path), "export.jsonl");
  });
  afterEach(() => folder.dispose());

  it("has all lines unchanged, each file after its result, so that the chains can be verified again", async () => {
    const names = [await folder.fill(5), await folder.fill(900)];
    assert.equal((await exportAudit(folder.path, path)).state, "whole");
    const [first = "", ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
    assert.deepEqual(Object.keys(JSON.parse(first)), ["format", "exportedAt", "verification"]);
    assert.equal(JSON.parse(first)["verification"]["state"], "whole");
    const files: string[] = [];
    let prev = "";
    for (const line of lines) {
      const entry = JSON.parse(line);
      if (entry["prev"] === undefined) {
        files.push(entry["file"]);
        prev = CHAIN_START;
      } else {
        assert.equal(entry["prev"], prev);
        prev = hashOf(line);
      }
    }
    assert.deepEqual(files, ["index.jsonl", ...names.toSorted()]);
    assert.equal(lines.length, 3 + 6 + 901 + (await folder.lines("index.jsonl")).length);
  });

  it("has the result of a broken log, and never the key of the digests", async () => {
    const name = await folder.fill(5);
    await folder.rewrite(name, (lines) => lines.toSpliced(2, 1));
    assert.equal((await exportAudit(folder.path, path)).state, "broken");
    const text = await readFile(path, "utf8");
    assert.ok(text.includes(`{"file":"${name}","lines":2,"state":"cut","isGood":false,"firstBadLine":3}`));
    assert.ok(!text.includes((await readFile(join(folder.path, "digest.key"), "utf8")).trim()));
  });

  it("replaces a file that exists, and can only be read by this user", async () => {
    await writeFile(path, "before");
    await folder.fill(1);
    await exportAudit(folder.path, path);
    assert.match(await readFile(path, "utf8"), /^\{"format":"kiro-bridge-audit-export\/1"/);
    if (process.platform !== "win32") assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("leaves nothing behind when it fails", async () => {
    await folder.fill(1);
    await assert.rejects(exportAudit(folder.path, join(dirname(path), "nowhere", "export.jsonl")), /ENOENT/);
    await assert.rejects(exportAudit(folder.path, dirname(path)));
    await assert.rejects(stat(`${dirname(path)}.${process.pid}.part`), /ENOENT/);
  });
});
