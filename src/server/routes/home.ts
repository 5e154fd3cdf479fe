import type { Router } from "express";
import { sendJson, sendText } from "../http/answers.ts";
import { HTML_TYPE, pageHeaders } from "../http/pageHeaders.ts";
import { addResource, guarded } from "../http/resource.ts";

const TOKEN =
  "The token is in bridge.json in the .kiro-bridge folder of your home directory; the command 'Kiro Bridge: Copy Token' copies it.";

/** Relative, because the editor may forward this address under a longer path. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Kiro Bridge</title>
  </head>
  <body>
    <h1>Kiro Bridge</h1>
    <p>Local programs run editor commands and Kiro CLI prompts through this address. They need the token.</p>
    <p>${TOKEN}</p>
    <ul>
      <li><a href="docs">Documentation</a>, where requests can be tried</li>
      <li><a href="openapi.json">OpenAPI document</a></li>
      <li><a href="health">Health</a></li>
    </ul>
  </body>
</html>
`;

/** `GET /`, which editors open in a browser: describes the bridge. Needs no token and contains no secrets. */
export function addHome(router: Router): void {
  const links = { docs: "/docs", openapi: "/openapi.json", health: "/health" };
  const headers = pageHeaders();
  addResource(router, "/", {
    get: guarded("public", (request, response) => {
      if (request.accepts(["json", "html"]) !== "html")
        sendJson(response, 200, { name: "Kiro Bridge", token: TOKEN, ...links });
      else headers(request, response, () => sendText(response, 200, HTML_TYPE, page));
    }),
  });
}
