// Records clients/dart/test/fixtures again: node test/kit/clients/writeDartFixtures.ts
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startClientBridge } from "../../support/clients/clientBridge.ts";
import { recordFixtures } from "../../support/clients/recordFixtures.ts";

const folder = join(import.meta.dirname, "../../../clients/dart/test/fixtures");
const client = await startClientBridge();
try {
  await mkdir(folder, { recursive: true });
  for (const [name, samples] of Object.entries(await recordFixtures(client)))
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(samples, undefined, 2)}\n`);
} finally {
  await client.dispose();
}
