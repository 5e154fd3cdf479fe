import * as z from "zod";
import type { AuditLine } from "../../protocol/audit/auditEntry.ts";
import type { AuditFileVerdict } from "../../protocol/audit/auditVerification.ts";

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
  /** One sentence in English. */
  readonly text: string;
  /** The contents of the sentence, for pages in other languages. */
  readonly entry?: AuditEntryFacts;
  /** True for rejected requests, changes of access, and gaps. */
  readonly isNotable: boolean;
}

/** An entry without what proves it, and without arguments. */
export type AuditEntryFacts = Omit<AuditLine, "prev" | "file" | "argsDigest" | "args">;

export interface AuditPageView {
  readonly entries: readonly AuditEntryView[];
  /** The `cursor` of the next page. */
  readonly nextCursor?: string;
}

export interface AuditVerificationView {
  readonly isWhole: boolean;
  /** A sentence in English, with the first bad line. */
  readonly text: string;
  /** The contents of the sentence, for pages in other languages. */
  readonly facts?: AuditVerificationFacts;
}

export interface AuditVerificationFacts {
  readonly lines: number;
  /** The number of files, without those that the bridge has removed. */
  readonly files: number;
  /** The number of files that ended with a crash. */
  readonly crashed: number;
  /** The first file that was tampered with. */
  readonly bad?: Pick<AuditFileVerdict, "file" | "state" | "firstBadLine">;
  /** The number of others that did not pass. */
  readonly otherBad: number;
}

export interface AuditResults {
  auditPage: AuditPageView;
  verifyAudit: AuditVerificationView;
}
