import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import {
  deadLetterListSchema,
  deadLetterQuerySchema,
  deadLettersRemovedSchema,
  destinationListSchema,
  destinationTestSchema,
  replaySchema,
} from "../exports/destinations.ts";
import { placeQuerySchema } from "../windows/place.ts";
import { errors, EXAMPLE_ID, EXAMPLE_TIME, json } from "./answers.ts";

const path = z.object({ name: z.string().meta({ description: "The name of a destination.", example: "archive" }) });
const shared = { "x-required-scope": "access:manage" as const, tags: ["Exports"] };
const ofDestination = { ...shared, requestParams: { path, query: placeQuerySchema } };

const destination = {
  name: "archive",
  kind: "s3",
  state: "ok",
  since: EXAMPLE_TIME,
  lastSuccess: { at: EXAMPLE_TIME, outcome: "stored" },
  waiting: { events: 0, oldestMs: 0 },
  sent: 42,
  refused: 0,
  dropped: 0,
  deadLetters: 0,
  windowId: "window-1",
};
const deadLetter = {
  id: "window-1-5f3f8c1e-7",
  at: EXAMPLE_TIME,
  reason: "The destination has answered 413: the item is too large.",
  eventType: "command-completed",
  executionId: EXAMPLE_ID,
};

/** The destinations of exports. */
export const exportPaths: ZodOpenApiPathsObject = {
  "/kiro/exports": {
    get: {
      ...shared,
      operationId: "listExports",
      summary: "List the destinations of exports with their health",
      description: "Those of all windows, unless the query selects one. Each window has its own row for a destination.",
      requestParams: { query: placeQuerySchema },
      responses: {
        200: json("The destinations, from memory.", destinationListSchema, {
          destinations: [destination],
          problems: [],
        }),
        ...errors({ codes: ["NOT_FOUND"] }),
      },
    },
  },
  "/kiro/exports/{name}/test": {
    post: {
      ...ofDestination,
      operationId: "testExport",
      summary: "Send one marked item to a destination",
      description: "A failure is a result as well.",
      responses: {
        200: json("What came back.", destinationTestSchema, {
          success: true,
          outcome: "stored",
          message: "The object was created.",
          elapsedMs: 84,
          windowId: "window-1",
        }),
        ...errors({ codes: ["NOT_FOUND", "CONFLICT"] }),
      },
    },
  },
  "/kiro/exports/{name}/replay": {
    post: {
      ...ofDestination,
      operationId: "replayExport",
      summary: "Send the dead letters of a destination again",
      responses: {
        200: json("They are sent again, after what is waiting.", replaySchema, { replayed: 3 }),
        ...errors({ codes: ["NOT_FOUND", "CONFLICT"] }),
      },
    },
  },
  "/kiro/exports/{name}/dead-letters": {
    get: {
      ...shared,
      operationId: "listDeadLetters",
      summary: "List the events that a destination has refused",
      requestParams: { path, query: deadLetterQuerySchema },
      responses: {
        200: json("The newest ones.", deadLetterListSchema, {
          deadLetters: [deadLetter],
          total: 1,
        }),
        ...errors({ codes: ["NOT_FOUND"] }),
      },
    },
    delete: {
      ...ofDestination,
      operationId: "removeDeadLetters",
      summary: "Remove the dead letters of a destination for good",
      responses: {
        200: json("They were removed.", deadLettersRemovedSchema, { removed: 3 }),
        ...errors({ codes: ["NOT_FOUND"] }),
      },
    },
  },
};
