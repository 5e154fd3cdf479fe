import assert from "node:assert/strict";
import { entryText, verificationText, verdictText } from "../../../../src/access/audit/reading/auditText.ts";
import { auditKinds, type AuditLine } from "../../../../src/protocol/audit/auditEntry.ts";
import { auditStates, type AuditVerification } from "../../../../src/protocol/audit/auditVerification.ts";

const client = { id: "c1", name: "CI", kind: "client" } as const;

function line(fields: Partial<AuditLine>): AuditLine {
  return { prev: "", seq: 1, time: "2026-11-20T09:00:00.000Z", kind: "execution", ...fields };
}

describe("The audit log in words", () => {
  it("says who ran what, why it was allowed and how it ended", () => {
    const ran = {
      principal: client,
      program: "curl/8",
      command: "x.y",
      rule: "commands.allow: *",
      status: "failed",
      ms: 3,
    };
    assert.equal(
      entryText(line({ ...ran, code: "COMMAND_EXECUTION_FAILED" })),
      "“CI” (curl/8) ran x.y (commands.allow: *): failed with COMMAND_EXECUTION_FAILED after 3 ms.",
    );
  });

  it("distinguishes the user, the owner's token, an agent and a program without a token", () => {
    const owner = { id: "owner", name: "Owner", kind: "owner" } as const;
    const begins = (fields: Partial<AuditLine>): string => entryText(line({ kind: "terminal-opened", ...fields }));
    assert.match(begins({ principal: owner, via: "editor" }), /^The user opened/);
    assert.match(begins({ principal: owner, via: "http", program: "curl" }), /^The owner \(curl\) opened/);
    assert.match(begins({ via: "http", program: "curl" }), /^curl, without a valid token, opened/);
    const agent = { via: "agent", program: "gpt" };
    assert.match(begins({ ...agent, principal: owner }), /^The agent gpt for the owner opened/);
    assert.match(begins({ ...agent, principal: client }), /^The agent gpt for “CI” opened/);
  });

  it("has a sentence for every kind of entry, without gaps", () => {
    const all = {
      principal: client,
      client,
      executionId: "exec-1",
      command: "x.y",
      what: "GET /",
      code: "ACCESS_DENIED",
      count: 3,
      name: "CI",
      scopes: ["status:read"],
      version: "1.0.0",
      folder: "/plugins/ci",
      setting: "auth.mode",
      value: "none",
      status: "completed",
      ms: 1,
    };
    for (const kind of auditKinds) assert.match(entryText(line({ ...all, kind })), /^\S.* .*\.$/, kind);
    for (const kind of auditKinds) assert.doesNotMatch(entryText(line({ ...all, kind })), /undefined/, kind);
    assert.equal(entryText(line({ kind: "of-a-later-version" })), "of-a-later-version");
  });

  it("names the first bad line of a broken log, and how many files more are bad", () => {
    const bad = { isGood: false, lines: 3, firstBadLine: 4 };
    const broken: AuditVerification = {
      state: "broken",
      checkedAt: "",
      lines: 3,
      indexHash: "",
      files: [
        { file: "index.jsonl", state: "whole", isGood: true, lines: 2 },
        { file: "a.jsonl", state: "cut", ...bad },
        { file: "b.jsonl", state: "changed", ...bad },
      ],
    };
    assert.equal(
      verificationText(broken),
      "The audit log is broken: lines are missing before line 4 of a.jsonl. 1 more file did not pass either.",
    );
  });

  it("says that a log is whole, what a crash may have cost, and that there is none", () => {
    const whole = { state: "whole", checkedAt: "", indexHash: "", lines: 5 } as const;
    const file = { file: "a.jsonl", isGood: true, lines: 5 };
    assert.equal(
      verificationText({ ...whole, files: [{ ...file, state: "killed" }] }),
      "The audit log is whole: 5 lines in 1 file, nothing was changed or cut out. 1 file ended with a crash, whose last moment may be missing.",
    );
    assert.equal(verificationText({ ...whole, lines: 0, files: [] }), "There is no audit log yet.");
    for (const state of auditStates) assert.match(verdictText({ ...file, state }), /a\.jsonl/);
  });
});
