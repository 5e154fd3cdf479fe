import { AccessFile } from "../../../src/access/accessFile.ts";
import { AccessStore } from "../../../src/access/accessStore.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { noAudit } from "../../../src/core/access/audit.ts";
import { editorUser } from "../../../src/core/access/principal.ts";

/** Another window: shares the folder that it is started with, and revokes clients when it is told to. */
const storage = new AccessFile(process.argv[2] ?? "", silentLogger);
const store = new AccessStore({ storage, audit: noAudit, logger: silentLogger });
process.on("message", (ids: readonly string[]) => {
  void Promise.all(ids.map((id) => store.revoke(id, editorUser))).then(
    (revoked) => process.send?.(revoked),
    (error: unknown) => process.send?.(String(error)),
  );
});
// Messages keep the process alive; without the parent it ends.
process.once("disconnect", () => process.exit());
void store.ready.then(() => process.send?.(store.list().map(({ id }) => id)));
