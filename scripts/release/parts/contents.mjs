import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { shippedPackages } from "../../bundles/bundledPackages.mjs";
import { sha256Of } from "./releaseFiles.mjs";

const generator = join(
  dirname(fileURLToPath(import.meta.resolve("@cyclonedx/cyclonedx-esbuild"))),
  "../bin/cyclonedx-esbuild-cli.js",
);

/**
 * Writes the list of the packages that a file contains (an SBOM in CycloneDX's format), of what esbuild says of its bundles.
 * @param bundles what esbuild says, of these bundles only
 * @param component the name, the version and the description of the file
 */
export function writeContents({ file, bundles, component, out }) {
  const scratch = mkdtempSync(join(tmpdir(), "kiro-bridge-release-"));
  try {
    const metafile = join(scratch, "meta.json");
    writeFileSync(metafile, JSON.stringify(withShippedFiles(bundles)));
    const list = join(scratch, "list.json");
    execFileSync(process.execPath, [generator, "--output-reproducible", "--validate", "-o", list, metafile], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const bom = JSON.parse(readFileSync(list, "utf8"));
    // What it says of engines is that of the extension, for both files.
    const { properties: _engines, ...found } = bom.metadata.component;
    bom.metadata.component = {
      ...found,
      ...component,
      hashes: [{ alg: "SHA-256", content: sha256Of(file) }],
    };
    writeFileSync(out, `${JSON.stringify(bom, undefined, 2)}\n`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Adds the packages that are shipped as files next to bundles as one more output, and leaves out what contributes no byte. */
function withShippedFiles({ inputs, outputs }) {
  const files = shippedPackages.map(({ folder }) => `${folder}/package.json`);
  const shipped = {
    inputs: Object.fromEntries(files.map((file) => [file, { bytesInOutput: 1 }])),
    imports: [],
    exports: [],
  };
  const used = Object.entries(outputs).map(([name, output]) => [
    name,
    {
      ...output,
      inputs: Object.fromEntries(Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)),
    },
  ]);
  return {
    inputs: { ...inputs, ...Object.fromEntries(files.map((file) => [file, { bytes: 1, imports: [] }])) },
    outputs: { ...Object.fromEntries(used), "shipped files": shipped },
  };
}
