import * as z from "zod";

/** The methods of the audit log. */
export const auditMethods = {
  /** Newest first. */
  auditPage: z.strictObject({ cursor: z.string().max(300).optional(), limit: z.int().min(1).max(200) }),
  verifyAudit: z.strictObject({}).optional(),
  /** Asks for the file. */
  exportAudit: z.strictObject({}).optional(),
} as const;

/** An entry for people. */
export interface AuditEntryView {
  /** Unique in the log. */
  readonly id: string;
  /** ISO time. */
  readonly time: string;
  /** One sentence. */
  readonly text: string;
  /** True for rejected requests, changes of access, and gaps. */
  readonly isNotable: boolean;
}

export interface AuditPageView {
  readonly entries: readonly AuditEntryView[];
  /** The `cursor` of the next page. */
  readonly nextCursor?: string;
}

export interface AuditVerificationView {
  readonly isWhole: boolean;
  /** A sentence, with the first bad line. */
  readonly text: string;
}

export interface AuditResults {
  auditPage: AuditPageView;
  verifyAudit: AuditVerificationView;
}
