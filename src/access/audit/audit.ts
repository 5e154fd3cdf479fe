import type { Disposable } from "../../base/disposables.ts";
import type { AuditEntry, AuditSink } from "../../core/access/audit.ts";
import type { AuditPage, AuditQuery } from "../../protocol/audit/auditEntry.ts";
import type { AuditVerification } from "../../protocol/audit/auditVerification.ts";
import { AuditLog, type AuditLogDeps, type AuditLogOptions } from "./auditLog.ts";
import { readAuditPage } from "./reading/auditReader.ts";
import { exportAudit } from "./reading/exportAudit.ts";
import { verifyAudit } from "./reading/verifyAudit.ts";

export interface AuditOptions extends AuditLogOptions {
  /** False to record nothing; what was recorded before can still be read. */
  readonly isEnabled: boolean;
}

/** The audit log: what this window records, and what all windows have recorded. */
export class Audit implements AuditSink, Disposable {
  readonly folder: string;
  readonly #log: AuditLog | undefined;

  constructor(deps: AuditLogDeps, options: AuditOptions) {
    this.folder = options.folder;
    this.#log = options.isEnabled ? new AuditLog(deps, options) : undefined;
  }

  note(entry: AuditEntry): void {
    this.#log?.note(entry);
  }

  /** Returns the entries of all windows, newest first. @throws BridgeError VALIDATION_FAILED for an invalid cursor */
  async page(query: AuditQuery): Promise<AuditPage> {
    await this.#log?.flush();
    return await readAuditPage(this.folder, query);
  }

  async verify(): Promise<AuditVerification> {
    await this.#log?.flush();
    return await verifyAudit(this.folder);
  }

  /** Writes all entries and the result of their verification to one file, which must not exist. */
  async export(path: string): Promise<AuditVerification> {
    await this.#log?.flush();
    return await exportAudit(this.folder, path);
  }

  async dispose(): Promise<void> {
    await this.#log?.dispose();
  }
}
