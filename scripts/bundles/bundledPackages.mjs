import { existsSync, readFileSync } from "node:fs";

/** Packages shipped as files next to the bundles of the extension (scripts/shippedDocs.mjs, scripts/webviewBuild.mjs). */
export const shippedPackages = [
  { folder: "node_modules/swagger-ui-dist", alsoQuote: ["swagger-ui-bundle.js.LICENSE.txt"] },
  // The font of the dashboard's icons, under CC-BY-4.0.
  { folder: "node_modules/@vscode/codicons" },
];

/** Returns what esbuild says of a build. @throws if there was none */
export function readMetafile(file) {
  if (!existsSync(file)) throw new Error(`There is no ${file}: run npm run build first.`);
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Returns the folders of the packages that contribute at least one byte to an output. */
export function bundledFolders({ outputs }) {
  const folders = new Set();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders];
}

/** Returns the packages that a file of notices names, with their versions. */
export function noticedPackages(notices) {
  // A license may have headings of its own.
  const unfenced = notices.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, "");
  return [...unfenced.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
}
