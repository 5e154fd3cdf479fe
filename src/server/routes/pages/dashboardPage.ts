import { join } from "node:path";
import type { Router } from "express";
import { BridgeError } from "../../../protocol/errors.ts";
import { DASHBOARD_PATHS } from "../../guards/exempt.ts";
import { sendText } from "../../http/answers.ts";
import { HTML_TYPE, JSON_TYPE, pageHeaders, SCRIPT_TYPE, STYLE_TYPE } from "../../http/pageHeaders.ts";
import { addResource, guarded } from "../../http/resource.ts";
import { readShipped } from "../../http/shippedFiles.ts";

/** The types of the page's files, by their names, so that a request path never becomes a file path. */
const types: ReadonlyMap<string, string> = new Map([
  ["dashboard.js", SCRIPT_TYPE],
  ["markdown.js", SCRIPT_TYPE],
  ["uplot.js", SCRIPT_TYPE],
  ["dashboard.css", STYLE_TYPE],
  ["browser.css", STYLE_TYPE],
  ["codicon.ttf", "font/ttf"],
  ["l10n.de.json", JSON_TYPE],
]);

/** The same for everybody, without secrets. Its addresses are relative, because a proxy may have it under a longer path. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Kiro Bridge</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="dashboard/browser.css">
    <link rel="stylesheet" href="dashboard/dashboard.css">
  </head>
  <body>
    <kiro-browser-bar></kiro-browser-bar>
    <kiro-dashboard place="browser" hidden></kiro-dashboard>
    <script src="dashboard/dashboard.js"></script>
  </body>
</html>
`;

/**
 * `GET /dashboard` and its files: the dashboard in a plain browser. They need no token, but are subject to the guards of
 * Host and Origin; what the page shows comes over its WebSocket, which needs one.
 * @param folder contains `webview/` from the build
 */
export function addDashboardPage(router: Router, folder: string): void {
  router.use(DASHBOARD_PATHS.page, pageHeaders(true));
  addResource(router, DASHBOARD_PATHS.page, {
    get: guarded("public", (_request, response) => sendText(response, 200, HTML_TYPE, page)),
  });
  addResource(router, `${DASHBOARD_PATHS.page}/:file`, {
    get: guarded("public", async (request, response) => {
      const name = request.params["file"] ?? "";
      const type = types.get(name);
      if (type === undefined) throw new BridgeError("NOT_FOUND", "There is no such file.");
      const missing = "This build of the bridge has no dashboard.";
      sendText(response, 200, type, await readShipped(folder, join("webview", name), missing));
    }),
  });
}
