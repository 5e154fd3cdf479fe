import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createOpenApi } from "../src/protocol/openapi.ts";

/** The files of Swagger UI used by GET /docs (a tenth of the package), and its licenses. */
const swaggerFiles = [
  "swagger-ui-bundle.js",
  "swagger-ui.css",
  "LICENSE",
  "NOTICE",
  "swagger-ui-bundle.js.LICENSE.txt",
];

/** Writes the files served by src/server/routes/apiDocs.ts to `folder`: openapi.json, and docs/ with Swagger UI. */
export async function writeShippedDocs(folder) {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  const swagger = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
  await mkdir(join(folder, "docs"), { recursive: true });
  await writeFile(join(folder, "openapi.json"), `${JSON.stringify(createOpenApi(version))}\n`);
  await Promise.all(swaggerFiles.map((name) => copyFile(join(swagger, name), join(folder, "docs", name))));
}
