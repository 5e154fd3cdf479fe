import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
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
        const targets = linksIn(await readmeIn(profile));
        assert.ok(targets.includes("https://github.com/kiro-bridge/kiro-bridge/raw/HEAD/docs/media/demo.webp"));
        assert.deepEqual(
          targets.filter((target) => !/^(?:https:\/\/|#)/.test(target)),
          [],
          "a gallery shows the README without the files beside it",
        );
      } finally {
        await profile.remove();
      }
    });
  }
});

/** Returns the README of the installed extension. `vsce` changes its name to lower case. */
async function readmeIn({ extensions }: EditorProfile): Promise<string> {
  const [folder = ""] = (await readdir(extensions)).filter((name) => name.startsWith(`${extensionId}-`));
  return await readFile(join(extensions, folder, "readme.md"), "utf8");
}

const linksIn = (markdown: string): string[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
