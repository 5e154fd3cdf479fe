import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import * as z from "zod";
import { noticedPackages } from "../../scripts/bundles/bundledPackages.mjs";
import {
  contentsOf,
  releaseFiles,
  releaseFolder,
  sha256Of,
  verifyRelease,
} from "../../scripts/release/parts/releaseFiles.mjs";
import { repositoryRoot } from "../support/editor/paths.ts";

const read = (path: string): Promise<string> => readFile(join(repositoryRoot, path), "utf8");
const { version } = z.object({ version: z.string() }).parse(JSON.parse(await read("package.json")));
const files = releaseFiles(version);
const contentsSchema = z.object({
  metadata: z.object({
    component: z.object({
      name: z.string(),
      version: z.string(),
      purl: z.string(),
      hashes: z.array(z.object({ alg: z.string(), content: z.string() })),
    }),
  }),
  components: z.array(z.object({ group: z.string().optional(), name: z.string(), version: z.string() })),
});

describe("The files of this release", () => {
  it("are all there, with their checksums", () => {
    assert.doesNotThrow(() => verifyRelease(version, join(repositoryRoot, releaseFolder)));
  });

  for (const [file, notices, purl] of [
    [files.vsix, "THIRD_PARTY_NOTICES.md", `pkg:vscode-extension/kiro-bridge/kiro-bridge@${version}`],
    [files.npmPackage, "dist/npm/THIRD_PARTY_NOTICES.md", `pkg:npm/kiro-bridge@${version}`],
  ] as const) {
    it(`list the packages in ${file.replace(version, "<version>")}, those of its notices, in CycloneDX's format`, async () => {
      const text = await read(join(releaseFolder, contentsOf(file)));
      assert.equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text), null);
      const { metadata, components } = contentsSchema.parse(JSON.parse(text));
      assert.deepEqual(metadata.component, {
        name: "kiro-bridge",
        version,
        purl,
        hashes: [{ alg: "SHA-256", content: sha256Of(join(repositoryRoot, releaseFolder, file)) }],
      });
      const listed = components.map(
        ({ group, name, version: each }) => `${group === undefined ? "" : `${group}/`}${name} ${each}`,
      );
      assert.deepEqual(listed.toSorted(), noticedPackages(await read(notices)).toSorted());
    });
  }
});
