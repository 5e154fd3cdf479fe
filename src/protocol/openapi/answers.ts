import * as z from "zod";
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { errorBodySchema } from "../errorBody.ts";
import { ERRORS, type ErrorCode, errorCodes } from "../errors.ts";
import { unavailableContext } from "../unavailable.ts";

/** The timestamp of all examples, which keeps the document stable. */
export const EXAMPLE_TIME = "2026-11-20T09:00:00.000Z";
export const EXAMPLE_ID = "exec-1795000000000-1-k3x9ab";
export const EXAMPLE_QUESTION_ID = "q-3f9c02d1a47be568";

/** Headers of requests that execute something. */
export const runHeaders = z.object({
  "Idempotency-Key": z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      "A repeated request within 24 hours returns the same execution, even while it is running. The latest 10,000 keys are kept.",
    ),
  traceparent: z
    .string()
    .optional()
    .describe(
      "The position in a trace of yours (https://www.w3.org/TR/trace-context/), which exports continue. One that is not valid is ignored.",
    )
    .meta({ example: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }),
  Prefer: z
    .string()
    .optional()
    .meta({ description: "`respond-async`: return 202 immediately.", example: "respond-async" }),
});

/** Headers of a 202. */
export const acceptedHeaders = z.object({
  Location: z.string().describe("The URL of the execution."),
  "Preference-Applied": z.literal("respond-async").optional(),
});

/** Codes with a response of their own: failed commands are reported in a 200, wrong configuration only to the user. */
type AnsweredCode = Exclude<ErrorCode, "COMMAND_EXECUTION_FAILED" | "CONFIGURATION_ERROR">;

const answeredCodes = errorCodes.filter(
  (code): code is AnsweredCode => code !== "COMMAND_EXECUTION_FAILED" && code !== "CONFIGURATION_ERROR",
);

/** Errors before any route: invalid HTTP, guards, the rate limit, internal errors, a stopping server. */
const everywhere: readonly AnsweredCode[] = [
  "VALIDATION_FAILED",
  "AUTHENTICATION_FAILED",
  "ACCESS_DENIED",
  "OPERATION_TIMEOUT",
  "RATE_LIMIT_EXCEEDED",
  "INTERNAL_ERROR",
  "KIRO_UNAVAILABLE",
];
/** The same for routes without a token, and so without a rate limit. */
const withoutToken = everywhere.filter((code) => code !== "AUTHENTICATION_FAILED" && code !== "RATE_LIMIT_EXCEEDED");
const withBody: readonly AnsweredCode[] = ["PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"];

const examples: Partial<Record<AnsweredCode, object>> = {
  VALIDATION_FAILED: {
    message: "command: expected string, received number",
    context: { field: "command", rule: "type", expected: "string", received: "number" },
  },
  ACCESS_DENIED: {
    message: "This access does not include the scope commands:run.",
    context: { rule: "scope", scope: "commands:run" },
  },
  NOT_FOUND: { message: "There is no execution with this ID." },
  OPERATION_TIMEOUT: {
    message: "The command did not finish within 1000 ms; it was cancelled.",
    context: { operation: "command-execution", timeoutMs: 1000, elapsedMs: 1001 },
  },
  RATE_LIMIT_EXCEEDED: { context: { limit: 100, queued: 100 } },
  INTERNAL_ERROR: { context: { errorId: "5f3f8c1e-4a34-4f4e-9a53-3f6f0a3c2b7d" } },
  KIRO_UNAVAILABLE: { message: "The bridge is stopping.", context: unavailableContext("bridge-stopping") },
};

const headers: Partial<Record<AnsweredCode, z.ZodObject>> = {
  AUTHENTICATION_FAILED: z.object({
    "WWW-Authenticate": z
      .string()
      .regex(/^Bearer\b/)
      .describe("`Bearer`, with the address of the OAuth metadata in `resource_metadata`."),
  }),
  RATE_LIMIT_EXCEEDED: z.object({ "Retry-After": z.string().meta({ description: "In seconds.", example: "1" }) }),
};

export interface ErrorOptions {
  /** Codes in addition to those of every route. */
  readonly codes?: readonly AnsweredCode[];
  /** True if the route reads JSON. */
  readonly readsBody?: boolean;
  /** True if the route needs no token. */
  readonly isOpen?: boolean;
  /** The fields that error bodies of this route have in addition. */
  readonly extended?: { readonly schema: z.ZodType; readonly example: object };
}

/** Returns the error responses of a route, by status. */
export function errors({
  codes = [],
  readsBody = false,
  isOpen = false,
  extended,
}: ErrorOptions = {}): ZodOpenApiResponsesObject {
  const all = [...(isOpen ? withoutToken : everywhere), ...codes, ...(readsBody ? withBody : [])];
  const answers = all.map((code) => {
    const answer = extended === undefined ? plainAnswers[code] : answerOf(code, extended.schema, extended.example);
    return [ERRORS[code].status, answer] as const;
  });
  return { ...Object.fromEntries(answers), 431: headersTooLarge };
}

function answerOf(code: AnsweredCode, schema: z.ZodType, more: object = {}): ZodOpenApiResponseObject {
  const { text, recoverable } = ERRORS[code];
  const example = { code, message: text, recoverable, timestamp: EXAMPLE_TIME, ...examples[code], ...more };
  return {
    description: `\`${code}\`. ${asMarkdown(text)}`,
    ...(headers[code] !== undefined && { headers: headers[code] }),
    content: { "application/json": { schema, example } },
  };
}

/** Formats quoted text as code: pages would interpret `<token>` as an element. */
function asMarkdown(text: string): string {
  return text.replaceAll(/'([^']+)'/g, "`$1`");
}

/** Shared responses, once in the document under a name such as `NotFound`. */
const plainAnswers: Readonly<Partial<Record<ErrorCode, ZodOpenApiResponseObject>>> = Object.fromEntries(
  answeredCodes.map((code) => [code, { id: pascalCase(code), ...answerOf(code, errorBodySchema) }]),
);

/** Sent by Node before a request reaches any route. */
export const headersTooLarge: ZodOpenApiResponseObject = {
  id: "HeadersTooLarge",
  description: "`VALIDATION_FAILED`. The headers have more than 16 KiB.",
  content: {
    "application/json": {
      schema: errorBodySchema,
      example: {
        code: "VALIDATION_FAILED",
        message: "(headers): expected shorter headers, received longer headers",
        recoverable: ERRORS.VALIDATION_FAILED.recoverable,
        timestamp: EXAMPLE_TIME,
        context: { field: "(headers)", rule: "too_big", expected: "shorter headers", received: "longer headers" },
      },
    },
  },
};

function pascalCase(code: ErrorCode): string {
  return code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** A JSON response. */
export function json(description: string, schema: z.ZodType, example?: unknown): ZodOpenApiResponseObject {
  return { description, content: { "application/json": { schema, ...(example !== undefined && { example }) } } };
}

/** A stream of Server-Sent Events; `schema` describes the `data` of each event. */
export function eventStream(description: string, schema: z.ZodType): ZodOpenApiResponseObject {
  return { description, content: { "text/event-stream": { schema } } };
}

/** Returns a curl line for operations that cannot be tried on a page, because their response does not end. */
export function curlLine(path: string): string {
  return `Follow it with \`curl -N -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3001${path}\`.`;
}
