// Writes the type declarations of the npm package: as .d.ts for ES modules, and the same as .d.cts for CommonJS.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { createRequire } from "node:module";
import { libraries, sourceOf } from "./bundles.mjs";

const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const specifier = /(\bfrom |\bimport\()"([^"]+)"/g;
/** `Symbol.asyncDispose` and `AsyncDisposable` are in no default library before ES2026. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

/**
 * Writes the declarations to `folder`: those of each entry point, which export everything of a file in `types/`, and in there the
 * declarations of all files that it refers to. @throws if one of them refers to a package
 */
export function writeDeclarations(folder) {
  const emitted = mkdtempSync(resolve(folder, ".types-"));
  try {
    emit(emitted);
    for (const name of libraries) {
      const path = declarationOf(sourceOf(name).replace(/^src\//, ""));
      for (const file of reachable(emitted, path)) copyBoth(emitted, join(folder, "types"), file);
      for (const [module, types] of [
        ["js", "ts"],
        ["cjs", "cts"],
      ]) {
        const target = `./types/${path.replace(/\.d\.ts$/, `.${module}`)}`;
        writeFileSync(join(folder, `${name}.d.${types}`), `${DISPOSABLE}export * from "${target}";\n`);
      }
    }
  } finally {
    rmSync(emitted, { recursive: true, force: true });
  }
}

function emit(outDir) {
  const root = process.cwd();
  const config = join(outDir, "tsconfig.json");
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    incremental: false,
    tsBuildInfoFile: null,
    outDir,
    rootDir: join(root, "src"),
    typeRoots: [join(root, "node_modules/@types")],
    types: ["node"],
  };
  const files = libraries.map((name) => join(root, sourceOf(name)));
  writeFileSync(
    config,
    JSON.stringify({ extends: join(root, "src/client/tsconfig.json"), compilerOptions, files, include: [] }),
  );
  execFileSync(process.execPath, [compiler, "-p", config], { stdio: ["ignore", "inherit", "inherit"] });
}

/** Returns a declaration and all that it refers to. */
function reachable(folder, entry) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, , name] of readFileSync(join(folder, file), "utf8").matchAll(specifier)) {
      if (!name.startsWith("."))
        throw new Error(`The types of ${file} need the package ${name}, which users do not have.`);
      visit(declarationOf(posix.join(posix.dirname(file), name)));
    }
  };
  visit(entry);
  return found;
}

function declarationOf(source) {
  return source.replace(/\.ts$/, ".d.ts");
}

function copyBoth(from, to, file) {
  const text = readFileSync(join(from, file), "utf8");
  const path = join(to, file);
  mkdirSync(dirname(path), { recursive: true });
  const withEnding = (ending) =>
    text.replace(specifier, (_all, start, name) => `${start}"${name.replace(/\.ts$/, ending)}"`);
  writeFileSync(path, withEnding(".js"));
  writeFileSync(path.replace(/\.d\.ts$/, ".d.cts"), withEnding(".cjs"));
}
