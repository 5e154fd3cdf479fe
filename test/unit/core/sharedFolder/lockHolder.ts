import { appendFile, mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { withFolderLock } from "../../../../src/core/sharedFolder/folderLock.ts";

/** A process that takes the lock when it is told a folder, says whether it was alone, and can be told to stay inside. */
process.on("message", (order: { readonly folder: string; readonly stays?: boolean }) => {
  void takeAndTell(order);
});
process.send?.("ready");

async function takeAndTell({ folder, stays = false }: { folder: string; stays?: boolean }): Promise<void> {
  try {
    await withFolderLock(folder, async () => {
      await mkdir(join(folder, "inside"));
      if (stays) await new Promise<never>(() => process.send?.("inside"));
      // Long enough for others to come in, if they could.
      for (let count = 0; count < 20; count++) await appendFile(join(folder, "work"), `${process.pid}\n`);
      await rmdir(join(folder, "inside"));
    });
    process.send?.("alone");
  } catch (error) {
    process.send?.(String(error));
  }
}
