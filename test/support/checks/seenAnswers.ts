import { appendFileSync, mkdirSync } from "node:fs";
import { subscribe } from "node:diagnostics_channel";
import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import { join } from "node:path";
import * as z from "zod";
import { routedUrl } from "../../../src/gateways/door/otherPaths.ts";
import { ApiSchemas } from "./apiSchemas.ts";
import { messageProblem } from "./seenMessages.ts";

/* Checks each response of a bridge in this process against docs/openapi.json: what the tests see is documented. */

/** A response, as its client or its server sees it. */
interface SeenAnswer {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** Undefined if it is not known. */
  readonly text?: string;
}

const response = z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).optional() });
const paths = z.record(
  z.string(),
  z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.unknown()) })),
);
const reference = z.object({ $ref: z.string() });

/** Statuses of requests that no route is for: what the guards reject, and 404. OPTIONS is for browsers (CORS). */
const withoutRoute = new Set([400, 401, 403, 404, 408, 413, 429, 431, 500, 503]);
const ofOptions = new Set([204, ...withoutRoute]);

/**
 * Statuses of requests that do not arrive as a whole, or at a window that has lost the address: they are rejected before
 * any route, with the plain error body.
 */
const beforeRoutes = new Set([400, 408, 503]);
const ERROR_BODY = { $ref: "#/components/schemas/ErrorBody" };

interface Route {
  readonly name: string;
  readonly pattern: RegExp;
  readonly responses: Readonly<Record<string, unknown>>;
}

let openApi: { readonly schemas: ApiSchemas; readonly routes: readonly Route[] } | undefined;

function documented(): NonNullable<typeof openApi> {
  if (openApi !== undefined) return openApi;
  const schemas = new ApiSchemas("openapi.json");
  const routes = Object.entries(paths.parse(schemas.json["paths"])).flatMap(([path, operations]) => {
    const pattern = path.replaceAll(/[.*+?^$()[\]\\]/g, "\\$&").replaceAll(/\{\w+\}/g, "[^/?]+");
    return Object.entries(operations).map(([method, { responses }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      pattern: new RegExp(`^${method.toUpperCase()} ${pattern}$`),
      responses,
    }));
  });
  openApi = { schemas, routes };
  return openApi;
}

/** @throws Error if the document does not have the response. Responses of other servers are ignored. */
export function checkAnswer(answer: SeenAnswer): void {
  const isPublic = isOfBridge(answer.headers) && !notPublic.test(answer.path);
  const problem = isPublic ? problemOf(answer) : undefined;
  if (problem !== undefined) throw new Error(`${answer.method} ${answer.path} ${answer.status}: ${problem}`);
}

/** Routes between windows, those for agents of the user, and of a module that a test adds. */
const notPublic = /^\/(?:link\/|mcp\/lent\/|dice$)/;

function isOfBridge(headers: SeenAnswer["headers"]): boolean {
  return /^(?:[\da-f-]{36}|exec-[\w-]+)$/.test(String(headers["x-request-id"]));
}

function problemOf({ method, path, status, headers, text }: SeenAnswer): string | undefined {
  const { schemas, routes } = documented();
  const [plainPath = "", query = ""] = routedUrl(path).split("?");
  const exactPath = plainPath.replace(/(?<=.)\/$/, "");
  const line = `${method === "HEAD" ? "GET" : method} ${exactPath}`;
  // Routes also respond to these, but not without the token.
  const isOtherForm = method === "HEAD" || exactPath !== plainPath;
  const route = routes.find(({ pattern }) => pattern.test(line));
  const json = text === undefined ? undefined : jsonOf(text);
  if (route === undefined) {
    const expected = method === "OPTIONS" ? ofOptions : withoutRoute;
    if (!expected.has(status)) return "there is no such route in docs/openapi.json";
    return json === undefined ? undefined : errorProblem(schemas, exactPath, json);
  }
  // Vendors have statuses of their own.
  const key = route.responses[status] === undefined && "default" in route.responses ? "default" : status;
  const found = route.responses[key];
  if (found === undefined && isOtherForm && withoutRoute.has(status)) return undefined;
  if (found === undefined) return `docs/openapi.json has no such response of ${route.name}`;
  const { content = {} } = response.parse(resolved(schemas, found));
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (type === "") {
    if (Object.keys(content).length === 0) note(route.name, key);
    return undefined;
  }
  const media = content[type];
  if (media === undefined) return `docs/openapi.json has no ${type} in this response of ${route.name}`;
  note(route.name, key, type);
  const isOurStream = type === "text/event-stream" && !isOfVendor(exactPath);
  if (isOurStream) return text === undefined ? undefined : streamProblem(route.name, text);
  if (json === undefined) return undefined;
  if (beforeRoutes.has(status) && schemas.mismatch(ERROR_BODY, json) === undefined) return undefined;
  const isPartial = exactPath === "/api/kiro/status" && query.includes("fields=") && status === 200;
  return schemas.mismatch(isPartial ? withoutRequired(schemas, media.schema) : media.schema, json);
}

/** Returns true for the APIs of others, whose own references describe their events, and whose clients check them. */
function isOfVendor(path: string): boolean {
  return path === "/mcp" || path.startsWith("/v1/") || path.startsWith("/openai/");
}

/** The errors of paths without a route, in the form of the API that the path belongs to. */
function errorProblem(schemas: ApiSchemas, path: string, json: unknown): string | undefined {
  const problem = schemas.mismatch(ERROR_BODY, json);
  // Upgrades have our own form on every path.
  if (problem === undefined || !/^\/(?:v1\/|openai\/|mcp\b)/.test(path)) return problem;
  const forms = ["OpenAiNotFound", "AnthropicNotFound", "McpNotFound"].map((name) => {
    const named = resolved(schemas, { $ref: `#/components/responses/${name}` });
    return schemas.mismatch(response.parse(named).content?.["application/json"]?.schema, json);
  });
  return forms.includes(undefined) ? undefined : forms[0];
}

/** Returns the schema of a response with selected fields only. */
function withoutRequired(schemas: ApiSchemas, schema: unknown): unknown {
  const { $ref } = reference.parse(schema);
  return { ...Object(schemas.json.components.schemas[$ref.replace("#/components/schemas/", "")]), required: [] };
}

function resolved(schemas: ApiSchemas, found: unknown): unknown {
  const { data } = reference.safeParse(found);
  if (data === undefined) return found;
  return Object(schemas.json.components["responses"])[data.$ref.replace("#/components/responses/", "")];
}

function streamProblem(route: string, text: string): string | undefined {
  const blocks = text.split("\n\n").filter((block) => /^data:/m.test(block) && /^event:/m.test(block));
  const data = blocks
    .slice(0, 200)
    .map((block) => [/^event: ?(.*)$/m.exec(block)?.[1], /^data: ?(.*)$/m.exec(block)?.[1]]);
  for (const [event = "", json = ""] of data) {
    const value = jsonOf(json);
    const problem = value === undefined ? undefined : messageProblem(route.split(" ")[1] ?? "", value, event);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Another type, or a connection that has ended early.
  }
}

/** The folder in which each process lists what it has seen; without it, nothing is listed. */
const folder = process.env["SEEN_ANSWERS_FOLDER"];
const noted = new Set<string>();

function note(route: string, status: number | string, type = "-"): void {
  const line = `${route} ${status} ${type}`;
  if (folder === undefined || noted.has(line)) return;
  noted.add(line);
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${process.pid}.txt`), `${line}\n`);
}

const started = z.object({ request: z.instanceof(IncomingMessage), response: z.instanceof(ServerResponse) });

/** What other clients receive, such as curl and the SDK, streams included: an error fails the test that is running. */
subscribe("http.server.request.start", (message) => {
  const { request, response: sent } = started.parse(message);
  const { method = "", url = "" } = request;
  sent.once("close", () => {
    if (sent.headersSent) checkAnswer({ method, path: url, status: sent.statusCode, headers: sent.getHeaders() });
  });
});
