import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import {
  commandListQuerySchema,
  commandListSchema,
  healthQuerySchema,
  healthSchema,
  statusQuerySchema,
  statusSchema,
  windowListSchema,
} from "../status.ts";
import { errors, EXAMPLE_TIME, json } from "./answers.ts";

const health = { timestamp: EXAMPLE_TIME, server: { running: true, port: 3001, host: "127.0.0.1", uptime: 12 } };
const homeSchema = z.object({
  name: z.string(),
  token: z.string().describe("Where to find the token. It does not contain the token."),
  docs: z.string(),
  openapi: z.string(),
  asyncapi: z.string().optional(),
  dashboard: z.string().optional(),
  health: z.string(),
});
const home = {
  name: "Kiro Bridge",
  token: "The token is in bridge.json in the .kiro-bridge folder of your home directory.",
  docs: "/docs",
  openapi: "/openapi.json",
  asyncapi: "/asyncapi.json",
  dashboard: "/dashboard",
  health: "/health",
};
const openErrors = errors({ isOpen: true });

/** The status of the bridge, its commands, and this document. */
export const statusPaths: ZodOpenApiPathsObject = {
  "/api/kiro/status": {
    get: {
      operationId: "getStatus",
      "x-required-scope": "status:read",
      tags: ["Status"],
      summary: "Get the status of the bridge",
      description:
        "The list of commands is long. Use `fields` to select fields: the response then only contains these.",
      requestParams: { query: statusQuerySchema },
      responses: {
        200: json("The status, which is answered from memory.", statusSchema, {
          status: "ready",
          version: "1.139.1",
          availableCommands: ["workbench.action.files.newUntitledFile"],
          timestamp: EXAMPLE_TIME,
          cli: { state: "unavailable", reason: "not_installed", sessions: 0 },
          queue: { running: 0, queued: 0 },
          windows: [
            { id: "window-1", pid: 4242, editor: "Visual Studio Code", workspaceFolders: ["/home/me/project"] },
          ],
        }),
        ...errors(),
      },
    },
  },
  "/api/kiro/windows": {
    get: {
      operationId: "listWindows",
      "x-required-scope": "status:read",
      tags: ["Status"],
      summary: "List the windows at this address",
      description:
        "A request goes to the window that it names, or that has its folder open, or that had the focus last.",
      responses: {
        200: json("All windows, from memory.", windowListSchema, {
          windows: [
            {
              id: "window-1",
              pid: 4242,
              editor: "Visual Studio Code",
              workspaceFolders: ["/home/me/project"],
              focused: true,
              owner: true,
              state: "ready",
              queue: { running: 0, queued: 0 },
            },
          ],
        }),
        ...errors(),
      },
    },
  },
  "/api/kiro/commands": {
    get: {
      operationId: "listCommands",
      "x-required-scope": "status:read",
      tags: ["Commands"],
      summary: "List commands with their titles",
      description: "Those of all windows, unless the query selects one.",
      requestParams: { query: commandListQuerySchema },
      responses: {
        200: json("The matching commands.", commandListSchema, {
          commands: [
            {
              id: "workbench.action.files.newUntitledFile",
              title: "File: New Untitled Text File",
              source: "editor",
              allowed: true,
            },
          ],
          total: 1,
        }),
        ...errors({ codes: ["NOT_FOUND"] }),
      },
    },
  },
  "/health": {
    get: {
      operationId: "getHealth",
      tags: ["Status"],
      summary: "Check the health of the bridge",
      security: [],
      requestParams: { query: healthQuerySchema },
      responses: {
        ...errors({ isOpen: true, codes: ["RATE_LIMIT_EXCEEDED"] }),
        200: json("The bridge is healthy.", healthSchema, { status: "healthy", ...health }),
        503: json(
          "The bridge is starting or stopping, or the editor window does not respond. An ErrorBody if another window has the address now.",
          healthSchema,
          {
            status: "unhealthy",
            reason: "stopping",
            ...health,
            server: { ...health.server, running: false },
          },
        ),
      },
    },
  },
  "/": {
    get: {
      operationId: "getHome",
      tags: ["Documentation"],
      summary: "Describe this service",
      description: "For people who open the address in a browser. The response contains no secrets.",
      security: [],
      responses: {
        200: {
          description: "A short description with links.",
          content: {
            "application/json": { schema: homeSchema, example: home },
            "text/html": { schema: z.string() },
          },
        },
        ...openErrors,
      },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "getOpenApi",
      tags: ["Documentation"],
      summary: "Get this document",
      security: [],
      responses: {
        200: json("OpenAPI 3.1.", z.looseObject({ openapi: z.string() }), { openapi: "3.1.0" }),
        ...errors({ codes: ["NOT_FOUND", "RATE_LIMIT_EXCEEDED"], isOpen: true }),
      },
    },
  },
  "/asyncapi.json": {
    get: {
      operationId: "getAsyncApi",
      tags: ["Documentation"],
      summary: "Get the description of the WebSockets and event streams",
      security: [],
      responses: {
        200: json("The AsyncAPI document.", z.looseObject({ asyncapi: z.string() }), { asyncapi: "3.0.0" }),
        ...errors({ codes: ["NOT_FOUND", "RATE_LIMIT_EXCEEDED"], isOpen: true }),
      },
    },
  },
  "/docs": {
    get: {
      operationId: "getDocs",
      tags: ["Documentation"],
      summary: "Open a page with this document, where requests can be tried",
      security: [],
      responses: {
        200: { description: "The page.", content: { "text/html": { schema: z.string() } } },
        ...openErrors,
      },
    },
  },
  "/docs/{file}": {
    get: {
      operationId: "getDocsFile",
      tags: ["Documentation"],
      summary: "Get a file of that page",
      security: [],
      requestParams: { path: z.object({ file: z.string().meta({ example: "init.js" }) }) },
      responses: {
        200: {
          description: "A script or a stylesheet.",
          content: { "text/javascript": { schema: z.string() }, "text/css": { schema: z.string() } },
        },
        ...errors({ codes: ["NOT_FOUND", "RATE_LIMIT_EXCEEDED"], isOpen: true }),
      },
    },
  },
  "/dashboard": {
    get: {
      operationId: "getDashboard",
      tags: ["Documentation"],
      summary: "Open the dashboard in a browser, which asks the user for access",
      security: [],
      responses: {
        200: { description: "The page.", content: { "text/html": { schema: z.string() } } },
        ...openErrors,
      },
    },
  },
  "/dashboard/{file}": {
    get: {
      operationId: "getDashboardFile",
      tags: ["Documentation"],
      summary: "Get a file of the dashboard",
      security: [],
      requestParams: { path: z.object({ file: z.string().meta({ example: "dashboard.js" }) }) },
      responses: {
        200: {
          description: "A script, a stylesheet, a font, or the texts in another language by the English ones.",
          content: {
            "text/javascript": { schema: z.string() },
            "text/css": { schema: z.string() },
            "font/ttf": { schema: z.string() },
            "application/json": { schema: z.record(z.string(), z.string()), example: { Cancel: "Abbrechen" } },
          },
        },
        ...errors({ codes: ["NOT_FOUND", "RATE_LIMIT_EXCEEDED"], isOpen: true }),
      },
    },
  },
};
