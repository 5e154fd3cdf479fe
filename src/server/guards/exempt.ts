import type { IncomingMessage } from "node:http";

export const PAIR_PATH = "/api/kiro/pair";
/** The page of the dashboard, and its WebSocket, which needs a token. */
export const DASHBOARD_PATHS = { page: "/dashboard", socket: "/dashboard/socket" } as const;
/** Followed by `/`, the ID of a window, `/`, and that of an MCP server, which checks a token of its own. */
export const LENT_PATH = "/mcp/lent";
/** The OAuth endpoints, which give tokens and so need none. */
export const OAUTH_PATHS = {
  serverMetadata: "/.well-known/oauth-authorization-server",
  resourceMetadata: "/.well-known/oauth-protected-resource",
  authorize: "/oauth/authorize",
  /** Followed by `/` and the handle of an authorization. */
  consent: "/oauth/consent",
  register: "/oauth/register",
  token: "/oauth/token",
  revoke: "/oauth/revoke",
} as const;

const publicPages: ReadonlySet<string> = new Set([
  "/",
  "/health",
  "/openapi.json",
  "/asyncapi.json",
  "/docs",
  DASHBOARD_PATHS.page,
  OAUTH_PATHS.serverMetadata,
  OAUTH_PATHS.resourceMetadata,
  OAUTH_PATHS.authorize,
  "/oauth/consent.css",
]);
const publicFolders = ["/docs/", `${DASHBOARD_PATHS.page}/`, `${OAUTH_PATHS.consent}/`];
const publicActions: ReadonlySet<string> = new Set([
  PAIR_PATH,
  OAUTH_PATHS.register,
  OAUTH_PATHS.token,
  OAUTH_PATHS.revoke,
]);

/**
 * Returns true for endpoints that need no token: the home page, the health check, the API description, the page of the dashboard, those that give
 * tokens, and those that check another token.
 */
export function isExempt(request: IncomingMessage): boolean {
  const path = pathOf(request);
  if (path.startsWith(`${LENT_PATH}/`)) return true;
  if (request.method === "POST") return publicActions.has(path);
  // HEAD cannot deliver a token.
  if (path.startsWith(`${PAIR_PATH}/`)) return request.method === "GET";
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  return publicPages.has(path) || publicFolders.some((folder) => path.startsWith(folder));
}

/** Returns the raw path of the URL, without the query. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "/";
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}
