import { existsSync } from "node:fs";
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeDeclarations } from "../../../scripts/npm/declarations.mjs";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

describe("The declarations of the SDK", () => {
  it("refer to no package: use the types of src/client/wireTypes.ts, not those that zod infers", async () => {
    const folder = await temporaryFolder();
    try {
      writeDeclarations(folder);
      for (const file of ["client.d.ts", "client.d.cts", "types/client/index.d.cts"])
        assert.ok(existsSync(join(folder, file)), file);
    } finally {
      await removeFolder(folder);
    }
  });
});
