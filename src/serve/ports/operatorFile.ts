import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { isAlive } from "../../core/processes.ts";
import { messageOf } from "../../protocol/errors.ts";
import { prepareFolder, writeSecret } from "../../core/sharedFolder/secretFolder.ts";

const NAME = /^operator-(\d+)\.json$/;

interface PublishedServer {
  /** Is disposed with the result. */
  readonly publication: Disposable;
  readonly storage: string;
  readonly presence: { readonly token: string };
  readonly logger: Logger;
}

/** Keeps the file of the operator until the result is disposed. Without it, programs can be let in by others who may. */
export async function withOperatorFile({
  publication,
  storage,
  presence,
  logger,
}: PublishedServer): Promise<Disposable> {
  const store = new DisposableStore();
  store.add(publication);
  await writeOperatorFile(storage, presence.token).catch((error: unknown) => {
    logger.warn("The file for kiro-bridge access could not be written", { error: messageOf(error) });
  });
  store.defer(() => removeOperatorFile(storage));
  return { dispose: () => store.dispose() };
}

/**
 * Keeps the token of a server that publishes none where only this user can read it, for `kiro-bridge access`
 * (docs/decisions/serve.md). Removes the files of servers that have ended without it.
 */
async function writeOperatorFile(storage: string, token: string): Promise<void> {
  await prepareFolder(storage);
  await removeOperatorFiles(storage, (pid) => !isAlive(pid));
  await writeSecret(join(storage, `operator-${process.pid}.json`), `${JSON.stringify({ token })}\n`);
}

/** Removes the file of this process. */
async function removeOperatorFile(storage: string): Promise<void> {
  await removeOperatorFiles(storage, (pid) => pid === process.pid);
}

async function removeOperatorFiles(storage: string, isOld: (pid: number) => boolean): Promise<void> {
  const names = await readdir(storage).catch(() => []);
  const old = names.filter((name) => {
    const [, pid] = NAME.exec(name) ?? [];
    return pid !== undefined && isOld(Number(pid));
  });
  await Promise.all(old.map((name) => rm(join(storage, name), { force: true })));
}
