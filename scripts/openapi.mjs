// Writes the API documents in docs/ from the schemas in src/protocol. With --check, only verifies them.
import { readFileSync, writeFileSync } from "node:fs";
import { createAsyncApi } from "../src/protocol/asyncapi/createAsyncApi.ts";
import { createOpenApi } from "../src/protocol/openapi/createOpenApi.ts";
import { httpFile } from "./apiDocuments/httpFile.mjs";
import { jsonSchemas } from "./apiDocuments/jsonSchemas.mjs";
import { postmanCollection } from "./apiDocuments/postmanCollection.mjs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const json = (document) => `${JSON.stringify(document, undefined, 2)}\n`;
const openApi = createOpenApi(version);
const documents = {
  "docs/openapi.json": json(openApi),
  "docs/kiro-bridge.postman_collection.json": json(postmanCollection(openApi)),
  "docs/kiro-bridge.http": httpFile(openApi),
  "docs/asyncapi.json": json(createAsyncApi(version)),
  ...Object.fromEntries(Object.entries(jsonSchemas()).map(([name, schema]) => [`docs/schemas/${name}`, json(schema)])),
};

for (const [file, wanted] of Object.entries(documents)) {
  if (!process.argv.includes("--check")) {
    writeFileSync(file, wanted);
  } else if (readFileSync(file, "utf8") !== wanted) {
    console.error(`${file} is out of date: run node scripts/openapi.mjs.`);
    process.exitCode = 1;
  }
}
