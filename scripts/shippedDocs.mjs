import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createAsyncApi } from "../src/protocol/asyncapi/createAsyncApi.ts";
import { createOpenApi } from "../src/protocol/openapi/createOpenApi.ts";

/** The files of Swagger UI used by GET /docs (a tenth of the package), and its licenses. */
const swaggerFiles = [
  "swagger-ui-bundle.js",
  "swagger-ui.css",
  "LICENSE",
  "NOTICE",
  "swagger-ui-bundle.js.LICENSE.txt",
];

/**
 * Writes the files served by src/server/routes/apiDocs.ts to `folder`: the documents, and docs/ with Swagger UI
 * and the list of live events. Returns what esbuild says of its bundle.
 */
export async function writeShippedDocs(folder) {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  const swagger = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
  await mkdir(join(folder, "docs"), { recursive: true });
  const documents = { "openapi.json": createOpenApi(version), "asyncapi.json": createAsyncApi(version) };
  for (const [name, document] of Object.entries(documents))
    await writeFile(join(folder, name), `${JSON.stringify(document)}\n`);
  const { metafile } = await build({
    entryPoints: [
      { in: "src/docsPage/main.ts", out: "live" },
      { in: "src/docsPage/live.css", out: "live" },
    ],
    outdir: join(folder, "docs"),
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
  });
  await Promise.all(swaggerFiles.map((name) => copySwaggerFile(join(swagger, name), join(folder, "docs", name))));
  return metafile;
}

/** Copies a file without its reference to a source map, which is not shipped. */
async function copySwaggerFile(source, target) {
  const text = await readFile(source, "utf8");
  await writeFile(target, text.replace(/\n*\/[*/]# sourceMappingURL=\S+(?: ?\*\/)?\s*$/, "\n"));
}
