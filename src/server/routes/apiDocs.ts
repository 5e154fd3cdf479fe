import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Router } from "express";
import { BridgeError } from "../../protocol/errors.ts";
import { JSON_TYPE, sendText } from "../http/answers.ts";
import { HTML_TYPE, pageHeaders } from "../http/pageHeaders.ts";
import { addResource, guarded } from "../http/resource.ts";

const SCRIPT_TYPE = "text/javascript; charset=utf-8";

/** The page consists of our own static files: no inline script or style, nothing from other hosts. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Kiro Bridge</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script type="module" src="/docs/init.js"></script>
  </body>
</html>
`;

/**
 * Shows the document and sends test requests to the page's own origin, whatever servers the document lists. Without
 * `validatorUrl: null`, the page would send the document to a service on the internet. Endless streams cannot be
 * tested; their descriptions have a curl line.
 */
const init = `const answer = await fetch("/openapi.json");
const spec = await answer.json();
spec.servers = [{ url: location.origin }];

const isEndless = (path, method) => {
  const { content } = spec.paths[path]?.[method]?.responses?.["200"] ?? {};
  return content !== undefined && Object.keys(content).join() === "text/event-stream";
};

SwaggerUIBundle({
  spec,
  dom_id: "#page",
  validatorUrl: null,
  deepLinking: true,
  persistAuthorization: false,
  supportedSubmitMethods: ["get", "post", "delete"],
  plugins: [
    {
      statePlugins: {
        spec: { wrapSelectors: { allowTryItOutFor: () => (_state, path, method) => !isEndless(path, method) } },
      },
    },
  ],
});
`;

/**
 * The files by their names in the URL, so that a request path never becomes a file path. Those without text are read
 * from disk.
 */
const files: ReadonlyMap<string, { readonly type: string; readonly text?: string }> = new Map([
  ["init.js", { type: SCRIPT_TYPE, text: init }],
  ["swagger-ui-bundle.js", { type: SCRIPT_TYPE }],
  ["swagger-ui.css", { type: "text/css; charset=utf-8" }],
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
      sendText(response, 200, file.type, file.text ?? (await readShipped(folder, join("docs", name))));
    }),
  });
}

/** Keeps the file in memory after its first request. */
function readOnce(folder: string, name: string): () => Promise<Buffer> {
  let document: Promise<Buffer> | undefined;
  return () => {
    document ??= readShipped(folder, name).catch((error: unknown) => {
      document = undefined;
      throw error;
    });
    return document;
  };
}

/** @throws BridgeError NOT_FOUND if the build has omitted the file */
async function readShipped(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch {
    throw new BridgeError("NOT_FOUND", "This build of the bridge has no documentation.");
  }
}
