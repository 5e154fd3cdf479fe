import type { Audit } from "../../access/audit/audit.ts";
import { entryText, verificationText } from "../../access/audit/reading/auditText.ts";
import type { AuditLine, AuditQuery } from "../../protocol/audit/auditEntry.ts";
import type { AuditVerification } from "../../protocol/audit/auditVerification.ts";
import type {
  AuditEntryFacts,
  AuditPageView,
  AuditVerificationFacts,
  AuditVerificationView,
} from "../contract/audit.ts";

/** The audit log of all windows. */
export type AuditParts = Pick<Audit, "page" | "verify">;

const ordinary: ReadonlySet<string> = new Set([
  "audit-opened",
  "execution",
  "execution-accepted",
  "execution-ended",
  "cancel-requested",
  "input-answered",
  "plugin-started",
]);

/** Returns a page of the audit log in words. @throws BridgeError VALIDATION_FAILED for an invalid cursor */
export async function auditPage(audit: AuditParts, query: AuditQuery): Promise<AuditPageView> {
  const { entries, nextCursor } = await audit.page(query);
  const views = entries.map((entry) => ({
    id: `${entry.file ?? ""} ${entry.seq}`,
    time: entry.time,
    text: entryText(entry),
    entry: factsOf(entry),
    isNotable: !ordinary.has(entry.kind),
  }));
  return { entries: views, ...(nextCursor !== undefined && { nextCursor }) };
}

/** Verifies the audit log, and returns the result in words. */
export async function auditVerification(audit: AuditParts): Promise<AuditVerificationView> {
  const verification = await audit.verify();
  const text = verificationText(verification);
  return { isWhole: verification.state === "whole", text, facts: verificationFacts(verification) };
}

function factsOf(line: AuditLine): AuditEntryFacts {
  const { prev: _prev, file: _file, argsDigest: _digest, args: _args, ...facts } = line;
  return facts;
}

function verificationFacts({ lines, files }: AuditVerification): AuditVerificationFacts {
  const [bad, ...others] = files.filter(({ isGood }) => !isGood);
  return {
    lines,
    files: files.filter(({ state }) => state !== "removed").length,
    crashed: files.filter(({ state }) => state === "killed").length,
    ...(bad !== undefined && { bad: { file: bad.file, state: bad.state, firstBadLine: bad.firstBadLine } }),
    otherBad: others.length,
  };
}
