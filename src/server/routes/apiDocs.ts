import { join } from "node:path";
import type { Router } from "express";
import { BridgeError } from "../../protocol/errors.ts";
import { JSON_TYPE, sendText } from "../http/answers.ts";
import { HTML_TYPE, pageHeaders, SCRIPT_TYPE, STYLE_TYPE } from "../http/pageHeaders.ts";
import { readShipped } from "../http/shippedFiles.ts";
import { addResource, guarded } from "../http/resource.ts";
import { init, page } from "./pages/docsPage.ts";

const MISSING = "This build of the bridge has no documentation.";

/**
 * The files by their names in the URL, so that a request path never becomes a file path. Those without text are read
 * from disk.
 */
const files: ReadonlyMap<string, { readonly type: string; readonly text?: string }> = new Map([
  ["init.js", { type: SCRIPT_TYPE, text: init }],
  ["live.js", { type: SCRIPT_TYPE }],
  ["live.css", { type: STYLE_TYPE }],
  ["swagger-ui-bundle.js", { type: SCRIPT_TYPE }],
  ["swagger-ui.css", { type: STYLE_TYPE }],
]);

/**
 * `GET /openapi.json`, `GET /asyncapi.json` and `GET /docs`: the API description for programs and users. Needs no token,
 * but is subject to the Host and Origin guards; to test requests on the page, users paste the token.
 * @param folder contains the documents and `docs/` from the build
 */
export function addApiDocs(router: Router, folder: string): void {
  for (const name of ["openapi.json", "asyncapi.json"]) {
    const readDocument = readOnce(folder, name);
    addResource(router, `/${name}`, {
      get: guarded("public", async (_request, response) => sendText(response, 200, JSON_TYPE, await readDocument())),
    });
  }
  router.use("/docs", pageHeaders());
  addResource(router, "/docs", {
    get: guarded("public", (_request, response) => sendText(response, 200, HTML_TYPE, page)),
  });
  addResource(router, "/docs/:file", {
    get: guarded("public", async (request, response) => {
      const name = request.params["file"] ?? "";
      const file = files.get(name);
      if (file === undefined) throw new BridgeError("NOT_FOUND", "There is no such file.");
      sendText(response, 200, file.type, file.text ?? (await readShipped(folder, join("docs", name), MISSING)));
    }),
  });
}

/** Keeps the file in memory after its first request. */
function readOnce(folder: string, name: string): () => Promise<Buffer> {
  let document: Promise<Buffer> | undefined;
  return () => {
    document ??= readShipped(folder, name, MISSING).catch((error: unknown) => {
      document = undefined;
      throw error;
    });
    return document;
  };
}
