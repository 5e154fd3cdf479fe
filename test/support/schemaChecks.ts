import { join } from "node:path";
import { silentLogger } from "../../src/base/logger.ts";
import { SchemaChecks, type SchemaChecksOptions } from "../../src/server/schemas/schemaChecks.ts";

const workerFile = join(import.meta.dirname, "../../src/server/schemas/schemaWorker.ts");

/** The real checks, in a thread that runs the sources. It begins with the first check, and holds no process back. */
export function sourceSchemaChecks(options: Partial<SchemaChecksOptions> = {}): SchemaChecks {
  return new SchemaChecks({ workerFile, logger: silentLogger, ...options });
}
