import assert from "node:assert/strict";
import { appendFile, mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { appendToIndex, type IndexEntry, readIndex, shortenIndex } from "../../../../src/access/audit/auditIndex.ts";
import { planUpkeep } from "../../../../src/access/audit/auditUpkeep.ts";
import { verifyAudit } from "../../../../src/access/audit/reading/verifyAudit.ts";
import { AuditFolder, auditDefaults } from "../../../support/auditFolder.ts";

const MEBI = 1024 * 1024;

function lifeOf(file: string): IndexEntry[] {
  const hash = "0".repeat(64);
  return [
    { kind: "opened", file, hash, pid: 1, machine: "00000000" },
    { kind: "closed", file, lines: 1, hash, reason: "stopped" },
    { kind: "removed", file, reason: "age" },
  ];
}

describe("The index of the audit log", () => {
  let folder: AuditFolder;
  beforeEach(async () => {
    folder = await AuditFolder.create();
    await mkdir(folder.path);
  });
  afterEach(() => folder.dispose());

  async function append(entries: readonly IndexEntry[]): Promise<void> {
    await appendToIndex(folder.path, await readIndex(folder.path), entries);
  }

  it("loses its first lines when it is large and they name removed files only, and can be verified still", async () => {
    await append(Array.from({ length: 2000 }, (_, at) => lifeOf(`${1_795_000_000_000 + at}-00000000-1.jsonl`)).flat());
    const kept = await folder.fill(3);
    assert.ok((await stat(join(folder.path, "index.jsonl"))).size < MEBI / 10);
    const index = await readIndex(folder.path);
    assert.ok(index.files.has(kept));
    assert.ok(index.lines.length < 10, String(index.lines.length));
    assert.ok((index.shortenedTo ?? 0) > 5000);
    assert.equal((await verifyAudit(folder.path)).state, "whole");
    await folder.fill(3);
    assert.equal((await verifyAudit(folder.path)).state, "whole");
    await folder.rewrite("index.jsonl", (lines) => lines.slice(1));
    const { files } = await verifyAudit(folder.path);
    assert.deepEqual([files[0]?.state, files[0]?.firstBadLine], ["cut", 1]);
  });

  it("keeps the lines of files that are there, however large it is", async () => {
    const kept = await folder.fill(3);
    await append(Array.from({ length: 2000 }, (_, at) => lifeOf(`${1_895_000_000_000 + at}-00000000-1.jsonl`)).flat());
    const { size } = await stat(join(folder.path, "index.jsonl"));
    await shortenIndex(folder.path);
    assert.equal((await stat(join(folder.path, "index.jsonl"))).size, size);
    assert.ok((await readIndex(folder.path)).files.has(kept));
  });

  it("goes on after the torn line of a process that was killed while it wrote", async () => {
    await folder.fill(3);
    await appendFile(join(folder.path, "index.jsonl"), '{"prev":"torn');
    await folder.fill(3);
    await folder.fill(3);
    const { state, files } = await verifyAudit(folder.path);
    assert.equal(state, "whole", JSON.stringify(files));
    await folder.rewrite("index.jsonl", (lines) => lines.map((line) => line.replace('{"prev":"torn', '{"prev":"worn')));
    assert.equal((await verifyAudit(folder.path)).state, "broken");
  });

  it("leaves files of other machines open, since their processes cannot be seen from here", async () => {
    const file = "1795000000000-ffffffff-1.jsonl";
    await append(lifeOf(file).slice(0, 1));
    const { entries, removals } = await planUpkeep(folder.path, await readIndex(folder.path), auditDefaults);
    assert.deepEqual([entries, removals], [[], []]);
  });

  it("removes a file again that could not be removed, without another line", async () => {
    const file = await folder.fill(3);
    await append(lifeOf(file).slice(2));
    const { entries, removals } = await planUpkeep(folder.path, await readIndex(folder.path), auditDefaults);
    assert.deepEqual([entries, removals], [[], [file]]);
    assert.equal((await verifyAudit(folder.path)).state, "whole");
    await rm(join(folder.path, file));
    assert.equal((await verifyAudit(folder.path)).state, "whole");
  });
});
