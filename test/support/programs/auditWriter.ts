import { AuditLog } from "../../../src/access/audit/auditLog.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { accepted, auditDefaults } from "../auditFolder.ts";

/** Writes entries to the folder and prints the number that was written, until it has written as many or is killed. */
// A file that is too large is an error of the write, not the end of the process.
process.on("SIGXFSZ", () => undefined);
const [folder = "", count = "Infinity"] = process.argv.slice(2);
const log = new AuditLog({ logger: silentLogger, mask: async (value) => value }, { ...auditDefaults, folder });
for (let at = 0; at < Number(count); at++) {
  log.note(accepted(`run-${at}`, [at]));
  if (at % 3 === 0) await log.flush();
  process.stdout.write(`${at}\n`);
}
await log.dispose();
