import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { listFiles, PackageManager } from "@vscode/vsce";
import { publint } from "publint";
import { repositoryRoot } from "../support/editor/paths.ts";
import { expectedOutput, installProject, type InstalledProject, printed, tarball } from "./installedProject.ts";

const resolveFrom = createRequire(import.meta.url);
/** The native compiler, and the newest one in JavaScript that another library of ours brings. */
const compilers = {
  "TypeScript 7": compilerOf(resolveFrom),
  "TypeScript 5": compilerOf(createRequire(resolveFrom.resolve("@arethetypeswrong/core"))),
};

/** Compiler options of users; `skipLibCheck` is off in all. */
const userProjects = {
  "a project for Node": {
    module: "nodenext",
    lib: ["es2022"],
    types: ["node"],
    typeRoots: [join(repositoryRoot, "node_modules/@types")],
  },
  "a project for a bundler": { module: "esnext", moduleResolution: "bundler", exactOptionalPropertyTypes: true },
};

function compilerOf(require: NodeJS.Require): string {
  return join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
}

describe("The npm package", () => {
  let installed: InstalledProject;

  before(async () => {
    installed = await installProject();
  });
  after(() => installed.dispose());

  it("has no fault that publint knows", async () => {
    const { messages } = await publint({ pack: { tarball: await bytesOf(tarball) }, strict: true });
    assert.deepEqual(messages, []);
  });

  it("is not part of the extension's package", async () => {
    const files = await listFiles({ cwd: repositoryRoot, packageManager: PackageManager.None });
    assert.ok(files.includes("package.json"));
    const shipped =
      /^(?:dist\/(?:docs|documents|webview)\/|l10n\/bundle\.l10n(?:\.\w+)?\.json$|media\/|docs\/schemas\/plugin\.schema\.json$|dist\/\w+\.(?:cjs|json)$|[A-Z_]+(?:\.md)?$|package(?:\.nls(?:\.\w+)?)?\.json$|telemetry\.json$)/;
    assert.deepEqual(
      files.filter((file) => !shipped.test(file)),
      [],
    );
  });

  it("has types that resolve in every way of TypeScript", async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))));
    assert.ok(result.types);
    for (const entry of ["./client", "./patterns", "./plugin"]) assert.ok(entry in result.entrypoints, entry);
    assert.deepEqual(result.problems, []);
  });

  it("has no dependencies, and nothing of the machine that has built it", async () => {
    const folder = join(installed.folder, "node_modules");
    assert.deepEqual(
      (await readdir(folder)).filter((name) => !name.startsWith(".")),
      ["kiro-bridge"],
    );
    const files = await readdir(join(folder, "kiro-bridge"), { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile())) {
      const text = await readFile(join(file.parentPath, file.name), "utf8");
      assert.ok(!text.includes(repositoryRoot), `${file.name} names ${repositoryRoot}`);
      assert.doesNotMatch(text, /sourceMappingURL/, file.name);
    }
  });

  for (const [name, compiler] of Object.entries(compilers)) {
    for (const [project, options] of Object.entries(userProjects)) {
      it(`has types that ${name} accepts in ${project}`, async () => {
        const faces = ["publicFace", "pluginFace"].flatMap((face) => ["ts", "cts"].map((ending) => [face, ending]));
        const files = await Promise.all(
          faces.map(([face, ending]) => installed.copy(`${face}.ts`, `${face}.${ending}`)),
        );
        const compilerOptions = { noEmit: true, strict: true, target: "es2022", types: [], ...options };
        const config = join(installed.folder, "tsconfig.json");
        await writeFile(config, JSON.stringify({ compilerOptions, files }));
        const { code, output } = await installed.run(process.execPath, compiler, "-p", config);
        assert.equal(code, 0, output);
      });
    }
  }

  it("is used by an ES module", async () => {
    const program = await installed.copy("program.mjs");
    assert.deepEqual(printed(await installed.run(process.execPath, program)), expectedOutput);
  });

  it("is used by CommonJS, and recognizes the errors of its other format", async () => {
    const program = await installed.copy("program.cjs");
    assert.deepEqual(printed(await installed.run(process.execPath, program)), {
      success: true,
      output: "hello",
      copies: true,
      recognized: true,
      other: false,
    });
  });

  for (const program of ["patterns.mjs", "patterns.cjs"]) {
    it(`has the clients of the patterns, which share the SDK: ${program}`, async () => {
      const file = await installed.copy(program);
      assert.deepEqual(printed(await installed.run(process.execPath, file)), {
        output: "hello",
        state: "CLOSED",
        error: [true, true, "AUTHENTICATION_FAILED"],
      });
    });
  }
});

async function bytesOf(file: string): Promise<ArrayBuffer> {
  const bytes = await readFile(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
