import assert from "node:assert/strict";
import { rm, truncate, stat } from "node:fs/promises";
import { join } from "node:path";
import { hashOf } from "../../../../src/access/audit/auditChain.ts";
import { verifyAudit } from "../../../../src/access/audit/reading/verifyAudit.ts";
import type { AuditFileVerdict } from "../../../../src/protocol/audit/auditVerification.ts";
import { accepted, AuditFolder } from "../../../support/auditFolder.ts";

describe("The verification of the audit log", () => {
  let folder: AuditFolder;
  beforeEach(async () => {
    folder = await AuditFolder.create();
  });
  afterEach(() => folder.dispose());

  async function verdictOf(file: string): Promise<AuditFileVerdict | undefined> {
    const { files } = await verifyAudit(folder.path);
    return files.find((verdict) => verdict.file === file);
  }

  it("finds nothing wrong in what was written", async () => {
    const file = await folder.fill(10);
    assert.deepEqual(await verdictOf(file), { file, state: "whole", isGood: true, lines: 11 });
    assert.equal((await verifyAudit(folder.path)).state, "whole");
  });

  it("finds nothing wrong where there is no log", async () => {
    const { state, lines } = await verifyAudit(folder.path);
    assert.deepEqual([state, lines], ["whole", 0]);
  });

  it("finds nothing wrong while a window writes", async () => {
    const log = folder.open();
    for (let at = 0; at < 50; at++) {
      log.note(accepted(`run-${at}`));
      await log.flush();
      const { state, files } = await verifyAudit(folder.path);
      assert.equal(state, "whole", JSON.stringify(files));
    }
    const [file = ""] = await folder.files();
    assert.deepEqual(await verdictOf(file), { file, state: "open", isGood: true, lines: 51 });
  });

  it("finds a line that was edited", async () => {
    const file = await folder.fill(10);
    await folder.rewrite(file, (lines) => lines.map((line, at) => (at === 4 ? line.replace("curl", "Curl") : line)));
    assert.deepEqual(await verdictOf(file), { file, state: "changed", isGood: false, lines: 5, firstBadLine: 5 });
  });

  it("finds the first and the last line edited", async () => {
    const file = await folder.fill(10);
    for (const edited of [0, 10]) {
      const original = await folder.lines(file);
      await folder.rewrite(file, (lines) =>
        lines.map((line, at) => (at === edited ? line.replace("time", "Time") : line)),
      );
      const { state, firstBadLine } = (await verdictOf(file)) ?? {};
      assert.deepEqual([state, firstBadLine], ["changed", edited + 1]);
      await folder.rewrite(file, () => original);
    }
    assert.equal((await verifyAudit(folder.path)).state, "whole");
  });

  it("finds a line that is no longer JSON", async () => {
    const file = await folder.fill(3);
    await folder.rewrite(file, (lines) => lines.map((line, at) => (at === 2 ? line.slice(0, -1) : line)));
    assert.deepEqual(await verdictOf(file), { file, state: "changed", isGood: false, lines: 2, firstBadLine: 3 });
  });

  it("finds lines that were cut out of the middle", async () => {
    const file = await folder.fill(10);
    await folder.rewrite(file, (lines) => lines.toSpliced(4, 2));
    assert.deepEqual(await verdictOf(file), { file, state: "cut", isGood: false, lines: 4, firstBadLine: 5 });
  });

  it("finds the beginning cut off", async () => {
    const file = await folder.fill(10);
    await folder.rewrite(file, (lines) => lines.slice(2));
    assert.deepEqual(await verdictOf(file), { file, state: "cut", isGood: false, lines: 0, firstBadLine: 1 });
  });

  it("finds lines that were swapped", async () => {
    const file = await folder.fill(10);
    await folder.rewrite(file, (lines) => [...lines.slice(0, 4), lines[5] ?? "", lines[4] ?? "", ...lines.slice(6)]);
    assert.deepEqual(await verdictOf(file), { file, state: "reordered", isGood: false, lines: 4, firstBadLine: 5 });
  });

  it("finds a line that is there twice", async () => {
    const file = await folder.fill(10);
    await folder.rewrite(file, (lines) => lines.toSpliced(7, 0, lines[3] ?? ""));
    assert.deepEqual(await verdictOf(file), { file, state: "reordered", isGood: false, lines: 7, firstBadLine: 8 });
  });

  it("finds the end cut off, of a closed file and of one that is open", async () => {
    const file = await folder.fill(10);
    await folder.rewrite(file, (lines) => lines.slice(0, -3));
    assert.deepEqual(await verdictOf(file), { file, state: "tail-cut", isGood: false, lines: 8, firstBadLine: 9 });
    const log = folder.open();
    for (let at = 0; at < 5; at++) log.note(accepted(`run-${at}`));
    await log.flush();
    const open = (await folder.files()).find((name) => name !== file) ?? "";
    await folder.rewrite(open, (lines) => lines.slice(0, -1));
    assert.equal((await verdictOf(open))?.state, "tail-cut");
  });

  it("finds the end cut off in the middle of a line", async () => {
    const file = await folder.fill(10);
    const path = join(folder.path, file);
    await truncate(path, (await stat(path)).size - 20);
    assert.deepEqual(await verdictOf(file), { file, state: "tail-cut", isGood: false, lines: 10, firstBadLine: 11 });
  });

  it("finds lines that were added after the end, although they are linked", async () => {
    const file = await folder.fill(3);
    await folder.rewrite(file, (lines) => {
      const prev = hashOf(lines.at(-1) ?? "");
      return [...lines, `{"prev":"${prev}","seq":4,"time":"2026-01-01T00:00:00.000Z","kind":"execution"}`];
    });
    assert.deepEqual(await verdictOf(file), { file, state: "appended", isGood: false, lines: 5, firstBadLine: 5 });
  });

  it("finds a file that was removed", async () => {
    const file = await folder.fill(3);
    await folder.fill(3);
    await rm(join(folder.path, file));
    assert.deepEqual(await verdictOf(file), { file, state: "missing", isGood: false, lines: 0 });
  });

  it("finds a file that was replaced by a chain of its own", async () => {
    const file = await folder.fill(3);
    const other = await folder.fill(3);
    const lines = await folder.lines(other);
    await folder.rewrite(file, () => lines);
    assert.equal((await verdictOf(file))?.state, "changed");
  });

  it("finds a file that is not in the index", async () => {
    const file = await folder.fill(3);
    const lines = await folder.lines(file);
    const other = file.replace(/^\d/, "2");
    await rm(join(folder.path, file));
    await folder.rewrite("index.jsonl", () => []).catch(() => undefined);
    await rm(join(folder.path, "index.jsonl"));
    const log = folder.open();
    log.note(accepted("run"));
    await log.flush();
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(folder.path, other), `${lines.join("\n")}\n`);
    assert.deepEqual(await verdictOf(other), { file: other, state: "unlisted", isGood: false, lines: 4 });
  });

  it("finds the index edited, cut at its end, and removed", async () => {
    await folder.fill(3);
    await folder.fill(3);
    const index = await folder.lines("index.jsonl");
    await folder.rewrite("index.jsonl", (lines) =>
      lines.map((line, at) => (at === 1 ? line.replace("stopped", "rotated") : line)),
    );
    assert.deepEqual(await verdictOf("index.jsonl"), {
      file: "index.jsonl",
      state: "changed",
      isGood: false,
      lines: 2,
      firstBadLine: 2,
    });
    await folder.rewrite("index.jsonl", () => index.slice(0, -1));
    assert.equal((await verdictOf("index.jsonl"))?.state, "tail-cut");
    await folder.rewrite("index.jsonl", () => index.slice(1));
    assert.equal((await verdictOf("index.jsonl"))?.state, "cut");
    await rm(join(folder.path, "index.jsonl"));
    assert.equal((await verdictOf("index.jsonl"))?.state, "missing");
  });

  it("finds a head that was removed", async () => {
    const log = folder.open();
    log.note(accepted("run"));
    await log.flush();
    const [file = ""] = await folder.files();
    await rm(join(folder.path, file.replace("jsonl", "head")));
    assert.deepEqual(await verdictOf(file), { file, state: "no-head", isGood: false, lines: 2 });
  });
});
