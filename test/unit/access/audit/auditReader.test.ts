import assert from "node:assert/strict";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { chainLines, emptyChain } from "../../../../src/access/audit/auditChain.ts";
import { readAuditPage } from "../../../../src/access/audit/reading/auditReader.ts";
import { owner } from "../../../../src/core/access/principal.ts";
import { BridgeError, isBridgeError } from "../../../../src/protocol/errors.ts";
import type { AuditLine } from "../../../../src/protocol/audit/auditEntry.ts";
import { accepted, AuditFolder } from "../../../support/auditFolder.ts";

const MEBI = 1024 * 1024;

describe("The pages of the audit log", () => {
  let folder: AuditFolder;
  beforeEach(async () => {
    folder = await AuditFolder.create();
  });
  afterEach(() => folder.dispose());

  /** Reads all pages. */
  async function readAll(limit: number, more: object = {}): Promise<AuditLine[]> {
    const entries: AuditLine[] = [];
    let cursor: string | undefined;
    do {
      const page = await readAuditPage(
        folder.path,
        { limit, ...more, ...(cursor !== undefined && { cursor }) },
        600_000,
      );
      assert.ok(page.entries.length <= limit);
      entries.push(...page.entries);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return entries;
  }

  it("are empty without a log", async () => {
    assert.deepEqual(await readAuditPage(folder.path, { limit: 10 }), { entries: [] });
  });

  it("have every line of all windows once, newest first, whatever their size", async () => {
    const logs = [folder.open({ maxFileBytes: 4000 }), folder.open({ maxFileBytes: 4000 }), folder.open()];
    for (let at = 0; at < 150; at++) {
      const log = logs[at % 3];
      log?.note(accepted(`run-${at}`));
      if (at % 4 === 0) await log?.flush();
    }
    await Promise.all(logs.map((log) => log.flush()));
    const lines = (await folder.entries()).length;
    for (const limit of [1, 7, 100, 1000]) {
      const entries = await readAll(limit);
      assert.equal(entries.length, lines);
      assert.equal(new Set(entries.map(({ file, seq }) => `${file} ${seq}`)).size, lines);
      const times = entries.map(({ time }) => time);
      assert.deepEqual(times, times.toSorted().toReversed());
    }
  });

  it("go on where they were when a window writes meanwhile", async () => {
    const log = folder.open();
    for (let at = 0; at < 20; at++) log.note(accepted(`run-${at}`));
    await log.flush();
    const first = await readAuditPage(folder.path, { limit: 5 });
    for (let at = 20; at < 40; at++) log.note(accepted(`run-${at}`));
    await log.flush();
    const { entries } = await readAuditPage(folder.path, { limit: 3, cursor: first.nextCursor });
    assert.deepEqual(
      entries.map(({ executionId }) => executionId),
      ["run-14", "run-13", "run-12"],
    );
  });

  it("have the entries of a kind, a principal or an execution only", async () => {
    const log = folder.open();
    const client = { id: "c1", name: "CI", kind: "client" } as const;
    log.note(accepted("run-1"));
    log.note({ ...accepted("run-2"), by: { via: "http", principal: { ...owner, ...client } } });
    log.note({ kind: "client-revoked", client, scopes: [] });
    log.note({ kind: "request-refused", via: "http", what: "GET /", error: new BridgeError("ACCESS_DENIED") });
    await log.flush();
    const kindsOf = async (more: object): Promise<string[]> => (await readAll(2, more)).map(({ kind }) => kind);
    assert.deepEqual(await kindsOf({ kind: "request-refused" }), ["request-refused"]);
    assert.deepEqual(await kindsOf({ principal: "c1" }), ["client-revoked", "execution-accepted"]);
    assert.deepEqual(await kindsOf({ executionId: "run-1" }), ["execution-accepted"]);
  });

  it("are in order of their files when the clock jumps back", async () => {
    const { now } = Date;
    const log = folder.open();
    try {
      for (let at = 0; at < 6; at++) {
        Date.now = () => now() - at * 3_600_000;
        log.note(accepted(`run-${at}`));
        await log.flush();
      }
    } finally {
      Date.now = now;
    }
    const runs = (await readAll(2)).flatMap(({ executionId }) => executionId ?? []);
    assert.deepEqual(runs, ["run-0", "run-1", "run-2", "run-3", "run-4", "run-5"]);
  });

  it("skip lines that cannot be read, and the unfinished one at the end", async () => {
    const file = await folder.fill(5);
    await folder.rewrite(file, (lines) => [...lines.slice(0, 3), "not JSON", "x".repeat(2 * MEBI), ...lines.slice(3)]);
    const handle = await open(join(folder.path, file), "a");
    await handle.appendFile('{"prev":"torn');
    await handle.close();
    assert.equal((await readAll(2)).length, 6);
  });

  it("reject a cursor that is not one of theirs", async () => {
    for (const cursor of ["x", Buffer.from("2026-01-01|../x|1").toString("base64url")]) {
      await assert.rejects(readAuditPage(folder.path, { limit: 1, cursor }), (error) => {
        return isBridgeError(error) && error.code === "VALIDATION_FAILED";
      });
    }
  });

  it("end after their time limit, and the next one goes on", async () => {
    await folder.fill(20);
    const page = await readAuditPage(folder.path, { limit: 10, kind: "token-rotated" }, 0);
    assert.deepEqual(page.entries, []);
    assert.ok(page.nextCursor !== undefined);
  });

  it("read 100 MB in bounded memory, and find any page without reading the rest", async () => {
    const file = await folder.fill(1);
    const path = join(folder.path, file);
    await growTo(path, 100 * MEBI);
    assert.ok((await stat(path)).size > 100 * MEBI);
    const other = folder.open();
    other.note(accepted("latest"));
    await other.flush();
    const before = process.memoryUsage.rss();
    let cursor: string | undefined;
    let seen = 0;
    for (let pages = 0; pages < 30; pages++) {
      const page = await readAuditPage(folder.path, { limit: 1000, ...(cursor !== undefined && { cursor }) }, 600_000);
      seen += page.entries.length;
      cursor = page.nextCursor;
    }
    assert.equal(seen, 30_000);
    assert.ok(process.memoryUsage.rss() - before < 60 * MEBI);
  });
});

/** Appends chained lines. */
async function growTo(path: string, bytes: number): Promise<void> {
  const handle = await open(path, "w");
  let end = emptyChain;
  const time = new Date().toISOString();
  const body = JSON.stringify({ time, kind: "execution", executionId: "run", command: "x".repeat(190) });
  const bodies = Array.from({ length: 2000 }, () => body);
  for (let size = 0; size < bytes; ) {
    const { text, end: next } = chainLines(bodies, end);
    await handle.appendFile(text);
    end = next;
    size += text.length;
  }
  await handle.close();
}
