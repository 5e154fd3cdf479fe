import assert from "node:assert/strict";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { EditorProfile } from "../support/editor/editorProfile.ts";
import { installVsix, listExtensions } from "../support/editor/editorServer.ts";
import type { EditorName } from "../support/editor/editorVersions.ts";
import { extensionId, vsixPath } from "../support/editor/paths.ts";
import { describeInBrowser, SUITE_TIMEOUT_MS } from "./support.ts";

describeInBrowser("The packed extension", function () {
  this.timeout(SUITE_TIMEOUT_MS);

  for (const name of ["newest", "lowest"] satisfies EditorName[]) {
    it(`installs into the ${name} editor`, async () => {
      const install = await installCodeServer(name);
      const profile = await EditorProfile.create();
      try {
        await installVsix(install, profile, vsixPath);
        assert.deepEqual(await listExtensions(install, profile), [extensionId]);
      } finally {
        await profile.remove();
      }
    });
  }
});
