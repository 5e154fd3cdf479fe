import type { Audit } from "../../access/audit/audit.ts";
import { entryText, verificationText } from "../../access/audit/reading/auditText.ts";
import type { AuditQuery } from "../../protocol/audit/auditEntry.ts";
import type { AuditPageView, AuditVerificationView } from "../contract/audit.ts";

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
    isNotable: !ordinary.has(entry.kind),
  }));
  return { entries: views, ...(nextCursor !== undefined && { nextCursor }) };
}

/** Verifies the audit log, and returns the result in words. */
export async function auditVerification(audit: AuditParts): Promise<AuditVerificationView> {
  const verification = await audit.verify();
  return { isWhole: verification.state === "whole", text: verificationText(verification) };
}
