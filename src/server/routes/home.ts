import type { Router } from "express";
import { sendJson, sendText } from "../http/answers.ts";
import { HTML_TYPE, pageHeaders } from "../http/pageHeaders.ts";
import { addResource, guarded } from "../http/resource.ts";

const PUBLISHED =
  "The token is in bridge.json in the .kiro-bridge folder of your home directory; the command 'Kiro Bridge: Copy Token' copies it.";
const UNPUBLISHED =
  "Programs ask for a token of their own with POST /api/kiro/pair, and the user of the editor decides.";

/** Relative, because the editor may forward this address under a longer path. */
const page = (token: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Kiro Bridge</title>
  </head>
  <body>
    <h1>Kiro Bridge</h1>
    <p>Local programs run editor commands and Kiro CLI prompts through this address. They need the token.</p>
    <p>${token}</p>
    <ul>
      <li><a href="dashboard">Dashboard</a>, which asks for access</li>
      <li><a href="docs">Documentation</a>, where requests can be tried</li>
      <li><a href="openapi.json">OpenAPI document</a></li>
      <li><a href="asyncapi.json">AsyncAPI document</a> of the WebSockets and event streams</li>
      <li><a href="health">Health</a></li>
    </ul>
  </body>
</html>
`;

/**
 * `GET /`, which editors open in a browser: describes the bridge. Needs no token and contains no secrets.
 * @param publishesToken true if the discovery file has the token
 */
export function addHome(router: Router, publishesToken: boolean): void {
  const token = publishesToken ? PUBLISHED : UNPUBLISHED;
  const links = {
    docs: "/docs",
    openapi: "/openapi.json",
    asyncapi: "/asyncapi.json",
    dashboard: "/dashboard",
    health: "/health",
  };
  const headers = pageHeaders();
  addResource(router, "/", {
    get: guarded("public", (request, response) => {
      if (request.accepts(["json", "html"]) !== "html")
        sendJson(response, 200, { name: "Kiro Bridge", token, ...links });
      else headers(request, response, () => sendText(response, 200, HTML_TYPE, page(token)));
    }),
  });
}
