import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { readKey } from "../../../../src/access/audit/digestKey.ts";
import { verifyAudit } from "../../../../src/access/audit/reading/verifyAudit.ts";
import { owner } from "../../../../src/core/access/principal.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { accepted, AuditFolder, ended } from "../../../support/auditFolder.ts";
import { TestClock } from "../../../support/testClock.ts";

const run = promisify(execFile);
const DAY_MS = 24 * 60 * 60 * 1000;

describe("The audit log", () => {
  let folder: AuditFolder;
  beforeEach(async () => {
    folder = await AuditFolder.create();
  });
  afterEach(() => folder.dispose());

  it("has the caller, the command, a digest, the rule and the end of an execution", async () => {
    const log = folder.open();
    log.note(accepted("run-1", ["yes"]));
    log.note(ended("run-1"));
    await log.flush();
    const [, entry] = await folder.entries();
    const key = await readKey(folder.path);
    assert.ok(key !== undefined);
    const { prev: _prev, time: _time, ...rest } = entry ?? {};
    assert.deepEqual(rest, {
      seq: 1,
      kind: "execution",
      principal: { id: "owner", name: "Owner", kind: "owner" },
      via: "http",
      program: "curl/8",
      executionId: "run-1",
      target: "editor",
      command: "editor.action.formatDocument",
      argsDigest: `hmac-sha256:${createHmac("sha256", key).update('[["yes"],[]]').digest("hex")}`,
      rule: "commands.allow: *",
      status: "completed",
      ms: 12,
    });
  });

  it("has the same fields for an execution like one before, which is serialized in a shorter way", async () => {
    const log = folder.open();
    const first = { ...accepted("run-1", ['a"b', { deep: ["é"] }]), params: [1] };
    for (const executionId of ["run-1", "run-2"]) {
      log.note({ ...first, executionId });
      log.note({ ...ended(executionId), status: "failed", code: "COMMAND_EXECUTION_FAILED" });
      log.note({ ...first, executionId, args: [], params: undefined, rule: undefined });
    }
    await log.flush();
    const [, ended1, plain1, ended2, plain2] = await folder.entries();
    for (const [one, other] of [
      [ended1, ended2],
      [plain1, plain2],
    ] as const) {
      const { prev: _prev, seq: _seq, time: _time, executionId: _id, ...rest } = one ?? {};
      const { prev: _prev2, seq: _seq2, time: _time2, executionId, ...again } = other ?? {};
      assert.deepEqual(again, rest);
      assert.equal(executionId, "run-2");
    }
  });

  it("has the end in a line of its own when it comes later", async () => {
    const log = folder.open();
    log.note(accepted("run-1"));
    await log.flush();
    log.note(ended("run-1"));
    await log.flush();
    assert.deepEqual(
      (await folder.entries()).map(({ kind, executionId }) => [kind, executionId]),
      [
        ["audit-opened", undefined],
        ["execution-accepted", "run-1"],
        ["execution-ended", "run-1"],
      ],
    );
  });

  it("has no text of arguments, and the same digest for the same arguments only", async () => {
    const log = folder.open();
    for (const args of [["my prompt"], ["my prompt"], ["my prompts"], []]) log.note(accepted("run", args));
    await log.flush();
    const [, first, second, third, none] = await folder.entries();
    assert.ok(!(await folder.text()).includes("my prompt"));
    assert.equal(first?.["argsDigest"], second?.["argsDigest"]);
    assert.notEqual(first?.["argsDigest"], third?.["argsDigest"]);
    assert.equal(none?.["argsDigest"], undefined);
  });

  it("has the beginning of the arguments, masked, where the user wants the text", async () => {
    const log = folder.open(
      { content: "text" },
      { mask: async (value) => JSON.parse(JSON.stringify(value).replaceAll("secret", "***")) },
    );
    log.note(accepted("run", ["a secret", { deep: "secret" }, "x".repeat(10_000)]));
    await log.flush();
    const args = String((await folder.entries())[1]?.["args"]);
    assert.ok(args.startsWith('["a ***",{"deep":"***"},"xxx'), args.slice(0, 100));
    assert.equal(args.length, 4000);
    assert.ok(!(await folder.text()).includes("secret"));
  });

  it("masks and shortens the texts that a program chooses", async () => {
    const log = folder.open({}, { mask: async (value) => String(value).replaceAll("secret", "***") });
    log.note({
      ...accepted("run"),
      command: `secret${"x".repeat(1000)}`,
      by: { principal: owner, via: "http", program: "secret" },
    });
    await log.flush();
    const [, entry] = await folder.entries();
    assert.equal(entry?.["program"], "***");
    assert.equal(entry?.["command"], `***${"x".repeat(197)}`);
  });

  it("masks a secret that is cut at the end of a text", async () => {
    const log = folder.open({}, { mask: async (value) => String(value).replaceAll(/secret-\d{8}/g, "***") });
    log.note({ ...accepted("run"), command: `${"x".repeat(190)} secret-12345678` });
    await log.flush();
    assert.equal((await folder.entries())[1]?.["command"], `${"x".repeat(190)} ***`);
  });

  it("can only be read by this user", async function () {
    if (process.platform === "win32") return this.skip();
    await folder.fill(1);
    assert.equal((await stat(folder.path)).mode & 0o777, 0o700);
    for (const name of await readdir(folder.path)) {
      assert.equal((await stat(join(folder.path, name))).mode & 0o777, 0o600, name);
    }
  });

  it("has its format in the first line", async () => {
    const name = await folder.fill(1);
    const [{ prev, seq, kind, format, file } = {}] = await folder.entries();
    assert.deepEqual([prev, seq, kind], ["0".repeat(64), 0, "audit-opened"]);
    assert.deepEqual([format, file], ["kiro-bridge-audit/1", name]);
  });

  it("has no file before its first entry", async () => {
    await folder.open().dispose();
    assert.deepEqual(await folder.files(), []);
  });

  it("starts the next file at its size, each whole and in the index", async () => {
    const log = folder.open({ maxFileBytes: 4000 });
    for (let at = 0; at < 100; at++) {
      log.note(accepted(`run-${at}`));
      await log.flush();
    }
    await log.dispose();
    const files = await folder.files();
    assert.ok(files.length >= 8, String(files.length));
    for (const name of files) assert.ok((await stat(join(folder.path, name))).size <= 4000);
    const { state, lines } = await verifyAudit(folder.path);
    assert.equal(state, "whole");
    assert.ok(lines > 100);
  });

  it("removes files that are too old, and the verification knows it", async () => {
    const old = await folder.fill(3);
    const past = new Date(Date.now() - 91 * DAY_MS);
    await utimes(join(folder.path, old), past, past);
    const kept = await folder.fill(3);
    assert.deepEqual(await folder.files(), [kept]);
    const { state, files } = await verifyAudit(folder.path);
    assert.equal(state, "whole");
    assert.deepEqual(files.find(({ file }) => file === old)?.state, "removed");
  });

  it("removes the oldest files above the size of all, but none that is being written", async () => {
    const writing = folder.open();
    writing.note(accepted("run"));
    await writing.flush();
    const [first = ""] = await folder.files();
    const old = await folder.fill(50);
    const log = folder.open({ maxTotalBytes: 1000 });
    log.note(accepted("run"));
    await log.flush();
    const files = await folder.files();
    assert.ok(files.includes(first));
    assert.ok(!files.includes(old));
    assert.equal((await verifyAudit(folder.path)).state, "whole");
  });

  it("is whole when two windows write at the same time", async () => {
    const logs = [folder.open({ maxFileBytes: 3000 }), folder.open({ maxFileBytes: 3000 })];
    await Promise.all(
      logs.map(async (log, window) => {
        for (let at = 0; at < 60; at++) {
          log.note(accepted(`run-${window}-${at}`));
          await log.flush();
        }
      }),
    );
    await Promise.all(logs.map((log) => log.dispose()));
    const { state, files } = await verifyAudit(folder.path);
    assert.equal(state, "whole", JSON.stringify(files));
    const ids = (await folder.entries()).flatMap(({ executionId }) => executionId ?? []);
    assert.equal(new Set(ids).size, 120);
  });

  it("is a small file after 100,000 rejected requests, with their number", async () => {
    const clock = TestClock.stopped();
    try {
      const log = folder.open();
      for (let at = 0; at < 100_000; at++) {
        const error = new BridgeError(at % 2 === 0 ? "AUTHENTICATION_FAILED" : "ACCESS_DENIED");
        log.note({ kind: "request-refused", via: "http", program: `p${at}`, what: "GET /", error });
      }
      clock.pass(61_000);
      clock.release();
      await log.flush();
      const entries = await folder.entries();
      assert.equal(entries.filter(({ kind }) => kind === "request-refused").length, 40);
      assert.deepEqual(
        entries.filter(({ kind }) => kind === "requests-refused").map(({ code, count }) => [code, count]),
        [
          ["AUTHENTICATION_FAILED", 49_980],
          ["ACCESS_DENIED", 49_980],
        ],
      );
      const [name = ""] = await folder.files();
      assert.ok((await stat(join(folder.path, name))).size < 20_000);
    } finally {
      clock.release();
    }
  });

  it("has a rejected request once, and no mistakes of clients", async () => {
    const log = folder.open();
    const error = new BridgeError("ACCESS_DENIED", "no", { rule: "scope", scope: "commands:run" });
    const refused = { kind: "request-refused", via: "http", error } as const;
    log.note({ ...refused, what: "editor.action.x", by: owner });
    log.note({ ...refused, what: "POST /api/kiro/execute", by: owner });
    log.note({ ...refused, what: "GET /nothing", error: new BridgeError("NOT_FOUND") });
    await log.flush();
    assert.deepEqual(
      (await folder.entries()).slice(1).map(({ what, code, rule }) => [what, code, rule]),
      [["editor.action.x", "ACCESS_DENIED", "scope: commands:run"]],
    );
  });

  it("can be verified with the script of its documentation", async () => {
    const name = await folder.fill(20);
    const document = await readFile(join(import.meta.dirname, "../../../../docs/audit.md"), "utf8");
    const script = /```js\n([\s\S]+?)```/.exec(document)?.[1] ?? "";
    const path = join(dirname(folder.path), "verify.mjs");
    await writeFile(path, script);
    for (const file of [name, "index.jsonl"]) {
      const { stdout } = await run(process.execPath, [path, join(folder.path, file)]);
      assert.match(stdout, /^\d+ lines, the last one is [\da-f]{64}\n$/);
    }
    await folder.rewrite(name, (lines) => lines.toSpliced(7, 1));
    await assert.rejects(run(process.execPath, [path, join(folder.path, name)]), /line 8 does not follow line 7/);
  });
});
