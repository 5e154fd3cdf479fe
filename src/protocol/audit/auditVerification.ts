import * as z from "zod";

/** The states of a file of the audit log (docs/audit.md#verification). */
export const auditStates = [
  "whole",
  "open",
  "killed",
  "removed",
  "changed",
  "cut",
  "reordered",
  "tail-cut",
  "appended",
  "missing",
  "unlisted",
  "no-head",
] as const;
export type AuditState = (typeof auditStates)[number];

const auditFileVerdictSchema = z.object({
  file: z.string(),
  state: z.enum(auditStates),
  /** True if nothing indicates that the file was tampered with. */
  isGood: z.boolean(),
  /** Number of lines that fit. */
  lines: z.int().min(0),
  /** From 1. */
  firstBadLine: z.int().min(1).optional(),
});
export type AuditFileVerdict = z.infer<typeof auditFileVerdictSchema>;

/** The result of a verification of the audit log. */
const auditVerificationSchema = z.object({
  state: z.enum(["whole", "broken"]),
  checkedAt: z.string(),
  lines: z.int().min(0),
  /** SHA-256 of the last line of the index. A copy elsewhere proves any later change of the files closed so far. */
  indexHash: z.string(),
  /** The index first, then the files, oldest first. */
  files: z.array(auditFileVerdictSchema),
});
export type AuditVerification = z.infer<typeof auditVerificationSchema>;
