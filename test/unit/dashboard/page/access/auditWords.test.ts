import assert from "node:assert/strict";
import { entryText, verificationText } from "../../../../../src/access/audit/reading/auditText.ts";
import { auditVerification } from "../../../../../src/dashboard/channel/auditActions.ts";
import { auditWords } from "../../../../../src/dashboard/page/access/auditWords.ts";
import { verificationWords } from "../../../../../src/dashboard/page/access/verificationWords.ts";
import { setLanguage } from "../../../../../src/dashboard/page/l10n/language.ts";
import { auditKinds, type AuditLine } from "../../../../../src/protocol/audit/auditEntry.ts";
import { auditStates, type AuditVerification } from "../../../../../src/protocol/audit/auditVerification.ts";
import { readTexts } from "../../../../support/dashboard/translations.ts";
import { EnglishText } from "../../../../support/dashboard/englishText.ts";

const ci = { id: "c1", name: "CI", kind: "client" } as const;
const owner = { id: "owner", name: "Owner", kind: "owner" } as const;
const callers: readonly Partial<AuditLine>[] = [
  {},
  { program: "curl/8" },
  { principal: ci },
  { principal: ci, program: "curl/8" },
  { principal: owner, via: "agent", program: "kiro" },
  { via: "editor", principal: owner },
];

function line(fields: Partial<AuditLine>): AuditLine {
  return {
    prev: "",
    seq: 1,
    time: "2026-11-20T09:00:00.000Z",
    kind: "execution",
    command: "x.y",
    executionId: "e-1",
    status: "completed",
    ms: 3,
    ...fields,
  };
}

const everyEntry = auditKinds.flatMap((kind) =>
  callers.map((caller) => line({ kind, name: "bot", client: ci, scopes: ["status:read"], ...caller })),
);

function verification(files: AuditVerification["files"]): AuditVerification {
  return {
    state: files.every(({ isGood }) => isGood) ? "whole" : "broken",
    checkedAt: "2026-11-20T09:00:00.000Z",
    lines: files.length * 2,
    indexHash: "",
    files,
  };
}

const verifications = [
  [],
  ...auditStates.map((state, at) => [
    { file: "a.jsonl", state, isGood: at < 4, lines: 2, firstBadLine: 3 },
    { file: "b.jsonl", state, isGood: at < 4, lines: 2, firstBadLine: 3 },
  ]),
].map(verification);

async function viewOf(result: AuditVerification) {
  return auditVerification({ verify: async () => result, page: () => Promise.reject(new Error("unused")) });
}

describe("The audit log in the page", () => {
  afterEach(() => setLanguage(undefined, {}));

  it("has words for every kind of entry, which name what its sentence names", () => {
    for (const entry of everyEntry) {
      const words = auditWords({ entry, text: "no words" });
      assert.notEqual(words, "no words", entry.kind);
      for (const value of ["CI", "bot", "e-1", "x.y", "curl/8"])
        assert.equal(words.includes(value), entryText(entry).includes(value), `${words} / ${entryText(entry)}`);
    }
  });

  it("keeps the sentence of an entry of another version", () => {
    assert.equal(auditWords({ entry: line({ kind: "new-kind" }), text: "Something new." }), "Something new.");
    assert.equal(auditWords({ text: "An older window." }), "An older window.");
  });

  it("says the result of a verification as the bridge does", async () => {
    for (const result of verifications) assert.equal(verificationWords(await viewOf(result)), verificationText(result));
  });

  it("leaves no English in German", async () => {
    setLanguage("de", readTexts("de"));
    const words = everyEntry.map((entry) => auditWords({ entry, text: "no words" }));
    const results = await Promise.all(verifications.map(async (result) => verificationWords(await viewOf(result))));
    assert.deepEqual(new EnglishText("de", []).leftIn([...words, ...results]), []);
  });
});
