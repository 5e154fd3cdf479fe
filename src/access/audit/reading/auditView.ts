import type { AuditQuery } from "../../../protocol/audit/auditEntry.ts";
import type { Audit } from "../audit.ts";
import { entryText, verificationText } from "./auditText.ts";

/** An entry for people. */
export interface AuditEntryView {
  /** Unique in the log. */
  readonly id: string;
  /** ISO time. */
  readonly time: string;
  readonly kind: string;
  /** One sentence. */
  readonly text: string;
  /** True for rejected requests, changes of access, and gaps. */
  readonly isNotable: boolean;
}

export interface AuditPageView {
  /** Newest first. */
  readonly entries: readonly AuditEntryView[];
  /** The `cursor` of the next page. */
  readonly nextCursor?: string;
}

export interface AuditVerificationView {
  readonly isWhole: boolean;
  /** A sentence, with the first bad line. */
  readonly text: string;
  /** ISO time. */
  readonly checkedAt: string;
}

const ordinary: ReadonlySet<string> = new Set([
  "audit-opened",
  "execution",
  "execution-accepted",
  "execution-ended",
  "cancel-requested",
  "input-answered",
]);

/** Returns a page of the audit log in words. @throws BridgeError VALIDATION_FAILED for an invalid cursor */
export async function auditPageView(audit: Pick<Audit, "page">, query: AuditQuery): Promise<AuditPageView> {
  const { entries, nextCursor } = await audit.page(query);
  const views = entries.map((entry) => ({
    id: `${entry.file ?? ""} ${entry.seq}`,
    time: entry.time,
    kind: entry.kind,
    text: entryText(entry),
    isNotable: !ordinary.has(entry.kind),
  }));
  return { entries: views, ...(nextCursor !== undefined && { nextCursor }) };
}

/** Verifies the audit log, and returns the result in words. */
export async function auditVerificationView(audit: Pick<Audit, "verify">): Promise<AuditVerificationView> {
  const verification = await audit.verify();
  const { state, checkedAt } = verification;
  return { isWhole: state === "whole", text: verificationText(verification), checkedAt };
}
