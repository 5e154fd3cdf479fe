import { libraries } from "./bundles.mjs";

/** Returns the package.json of the npm package. The root's is the extension's. */
export function manifestOf({ name, version, license, homepage, repository, bugs }) {
  const entries = libraries.map((library) => [
    `./${library}`,
    {
      import: { types: `./${library}.d.ts`, default: `./${library}.js` },
      require: { types: `./${library}.d.cts`, default: `./${library}.cjs` },
    },
  ]);
  return {
    name,
    version,
    description: "Client and command line of Kiro Bridge, which runs editor commands and Kiro CLI prompts.",
    keywords: ["kiro", "bridge", "vscode", "automation", "sdk", "cli"],
    license,
    homepage,
    // The registry compares the repository with that of the workflow that publishes.
    repository,
    bugs,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.16" },
    bin: { "kiro-bridge": "./cli.js" },
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
  };
}
