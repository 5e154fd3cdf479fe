import assert from "node:assert/strict";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { verifyAudit } from "../../../../src/access/audit/reading/verifyAudit.ts";
import { accepted, AuditFolder, fillDisk, RecordingLogger } from "../../../support/auditFolder.ts";

describe("The audit log, when something fails,", () => {
  let folder: AuditFolder;
  beforeEach(async () => {
    folder = await AuditFolder.create();
  });
  afterEach(() => folder.dispose());

  it("reports a folder that cannot be written once, counts what it loses, and goes on", async () => {
    await mkdir(dirname(folder.path), { recursive: true });
    await writeFile(folder.path, "not a folder");
    const logger = new RecordingLogger();
    const log = folder.open({}, { logger });
    for (let at = 0; at < 30_000; at++) {
      log.note(accepted(`run-${at}`));
      if (at % 10_000 === 0) await log.flush();
    }
    await log.flush();
    assert.deepEqual(logger.warnings, ["The audit log could not be written"]);
    await rm(folder.path);
    await log.flush();
    const entries = await folder.entries();
    const lost = entries.find(({ kind }) => kind === "entries-lost")?.["count"];
    const written = entries.filter(({ kind }) => kind === "execution-accepted").length;
    assert.ok(typeof lost === "number" && lost > 0, `${written} written`);
    assert.equal(written + lost, 30_000);
    assert.deepEqual(logger.infos, ["The audit log can be written again"]);
    assert.equal((await verifyAudit(folder.path)).state, "whole");
  });

  it("keeps room for changes of access while the disk fails", async () => {
    await mkdir(dirname(folder.path), { recursive: true });
    await writeFile(folder.path, "not a folder");
    const log = folder.open();
    for (let at = 0; at < 40_000; at++) {
      log.note(accepted(`run-${at}`));
      if (at % 10_000 === 0) await log.flush();
    }
    log.note({ kind: "token-rotated", client: { id: "owner", name: "Owner", kind: "owner" } });
    await rm(folder.path);
    await log.flush();
    assert.ok((await folder.entries()).some(({ kind }) => kind === "token-rotated"));
  });

  it("goes on in a new file when its file is removed or changed, which the verification finds", async () => {
    const log = folder.open();
    log.note(accepted("run-1"));
    await log.flush();
    const [first = ""] = await folder.files();
    await rm(join(folder.path, first));
    log.note(accepted("run-2"));
    await log.flush();
    const [second = ""] = await folder.files();
    await folder.rewrite(second, (lines) => lines.slice(0, -1));
    log.note(accepted("run-3"));
    await log.flush();
    const { files } = await verifyAudit(folder.path);
    assert.deepEqual(
      [first, second].map((name) => files.find(({ file }) => file === name)?.state),
      ["missing", "tail-cut"],
    );
    assert.equal((await folder.files()).length, 2);
  });

  it("never throws, not even for arguments that cannot be serialized", async () => {
    const log = folder.open();
    const circle: unknown[] = [];
    circle.push(circle);
    log.note(accepted("run-1", circle));
    log.note(accepted("run-2", [1n]));
    log.note(accepted("run-3"));
    await log.flush();
    assert.deepEqual((await folder.entries()).map(({ kind, count }) => [kind, count]).slice(1), [
      ["execution-accepted", undefined],
      ["entries-lost", 2],
    ]);
  });

  it("starts a new file when the clock jumps back, so that times never decrease within one", async () => {
    const { now } = Date;
    const log = folder.open();
    try {
      log.note(accepted("run-1"));
      await log.flush();
      Date.now = () => now() - 3_600_000;
      log.note(accepted("run-2"));
      await log.flush();
    } finally {
      Date.now = now;
    }
    await log.dispose();
    const files = await folder.files();
    assert.equal(files.length, 2);
    const [earlier = "", later = ""] = files;
    assert.deepEqual(
      (await folder.entriesOf(earlier)).map(({ kind }) => kind),
      ["audit-opened", "clock-moved-back", "execution-accepted"],
    );
    assert.deepEqual(
      (await folder.entriesOf(later)).map(({ kind }) => kind),
      ["audit-opened", "execution-accepted"],
    );
    for (const name of files) {
      const times = (await folder.entriesOf(name)).map(({ time }) => String(time));
      assert.deepEqual(times, times.toSorted());
    }
    assert.equal((await verifyAudit(folder.path)).state, "whole");
  });

  it("survives the death of its process in the middle of batches, at any moment", async function () {
    if (process.platform === "win32") return this.skip();
    for (let round = 0; round < 5; round++) await folder.killedWriter(200 + round * 400);
    const { state, files } = await verifyAudit(folder.path);
    assert.equal(state, "whole", JSON.stringify(files));
    // The next window closes their files.
    await folder.fill(1);
    const after = await verifyAudit(folder.path);
    assert.equal(after.state, "whole", JSON.stringify(after.files));
    assert.deepEqual([...new Set(after.files.map((file) => file.state))].toSorted(), ["killed", "whole"]);
    assert.ok((await folder.lines("index.jsonl")).filter((line) => line.includes('"killed"')).length >= 5);
  });

  it("ignores the torn last line of a dead process", async () => {
    const name = await folder.killedWriter(100);
    await writeFile(join(folder.path, name), '{"prev":"torn', { flag: "a" });
    assert.equal((await verifyAudit(folder.path)).state, "whole");
    await folder.fill(1);
    assert.equal((await verifyAudit(folder.path)).state, "whole");
  });

  it("finds the end of a dead process's file cut off, also after its file was closed", async () => {
    const name = await folder.killedWriter(300);
    await folder.rewrite(name, (lines) => lines.slice(0, -5));
    const stateOf = async (): Promise<string | undefined> =>
      (await verifyAudit(folder.path)).files.find(({ file }) => file === name)?.state;
    assert.equal(await stateOf(), "tail-cut");
    await folder.fill(1);
    assert.equal(await stateOf(), "tail-cut");
  });

  it("goes on after a full disk", async function () {
    if (process.platform !== "linux") return this.skip();
    const { lines, state } = await fillDisk(folder);
    assert.equal(state, "whole");
    assert.ok(lines > 10, String(lines));
  });

  it("goes on after its folder could not be opened", async function () {
    if (process.platform === "win32" || process.getuid?.() === 0) return this.skip();
    await mkdir(folder.path, { recursive: true });
    await chmod(folder.path, 0o500);
    const log = folder.open();
    log.note(accepted("run"));
    await log.flush();
    await chmod(folder.path, 0o700);
    await log.flush();
    assert.equal((await folder.entries()).length, 2);
  });
});
