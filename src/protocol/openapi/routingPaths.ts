import type { ZodOpenApiPathsObject } from "zod-openapi";
import { routeRequestSchema } from "../plugins/routing.ts";
import { routingDecisionSchema } from "../plugins/routingDecision.ts";
import { errors, EXAMPLE_TIME, json } from "./answers.ts";

const request = { text: "Add an endpoint for users", files: ["src/api/users.py"] };
const minutesMs = 600_000;

const decision = {
  requestId: "req_1764253200000_0f1e2d3c",
  userInput: request.text,
  classification: {
    domain: ["backend", "api"],
    complexity: "simple",
    contexts: ["python"],
    patterns: ["rest-api"],
    urgency: 5,
    estimatedDuration: 2 * minutesMs,
  },
  primaryPlugin: "fastapi-backend",
  fallbackPlugins: [],
  capabilityScores: [
    {
      plugin: "fastapi-backend",
      score: 49,
      capabilities: [
        { type: "domain", value: "backend", weight: 30, how: "term", matched: "endpoint" },
        { type: "contextPattern", value: "**/api/**/*", weight: 20, how: "glob", matched: "src/api/users.py" },
      ],
      factors: [
        { name: "priority", value: 1, reason: "the manifest has priority 100; 100 is neutral" },
        { name: "availability", value: 0.98, reason: "it says: healthy, 20 ms, 0 % errors" },
      ],
      health: "healthy",
      availability: 0.98,
    },
  ],
  executionStrategy: "single_plugin",
  estimatedCost: 0.3,
  estimatedDuration: 2 * minutesMs,
  timestamp: EXAMPLE_TIME,
};

/** The choice of a plugin for a request. */
export const routingPaths: ZodOpenApiPathsObject = {
  "/api/kiro/route": {
    post: {
      operationId: "routeRequest",
      "x-required-scope": "commands:run",
      tags: ["Bus"],
      summary: "Choose the plugins that fit a request",
      description:
        'Runs nothing. Each score has the words, files and factors that it comes from. To run the request as well, send its text as `command` with `"target": "route"` to `POST /api/kiro/execute`.',
      requestBody: {
        required: true,
        content: { "application/json": { schema: routeRequestSchema, example: request } },
      },
      responses: {
        200: json("The decision, which is also published on `routing/decision`.", routingDecisionSchema, decision),
        ...errors({ codes: ["NOT_FOUND"], readsBody: true }),
      },
    },
  },
};
