import * as z from "zod";
import { BridgeError } from "../../../protocol/errors.ts";
import { errorBodySchema } from "../../../protocol/errorBody.ts";
import type { ExecutionRecord } from "../../../protocol/executions.ts";
import type { MetricsSnapshot } from "../../../protocol/metrics.ts";
import type { RecordedRun, RunExport } from "../../../protocol/runExport.ts";
import type { OtherWindow, WindowCall } from "../../../server/windows/windows.ts";
import { conversationViewSchema } from "../../contract/conversations.ts";
import { windowEnginesSchema } from "../../contract/models.ts";

/** The paths of `windowRoutes`, which only other windows of this user can call. */
export const WINDOW_PATHS = {
  metrics: "/link/dashboard/metrics",
  queue: "/link/dashboard/queue",
  history: "/link/dashboard/history",
  conversations: "/link/dashboard/conversations",
  engines: "/link/dashboard/engines",
  run: (id: string) => `/link/dashboard/runs/${encodeURIComponent(id)}`,
  runExport: (id: string) => `/link/dashboard/runs/${encodeURIComponent(id)}/export`,
} as const;

// Windows of one user trust each other: schemas only tell a response from something else.
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
export const metricsSchema = z.custom<MetricsSnapshot>((value) => isObject(value) && "series" in value);
/** The number of executions ahead of each queued one, by its ID. */
export const queueSchema = z.object({ positions: z.record(z.string(), z.int()) });
export const conversationsSchema = z.object({ conversations: z.array(conversationViewSchema) });
export const enginesSchema = z.object({ windows: z.array(windowEnginesSchema) });
export const recordedRunSchema = z.custom<RecordedRun>(
  (value) => isObject(value) && "execution" in value && "events" in value,
);
export const exportedRunSchema = z.custom<RunExport>((value) => isObject(value) && "format" in value);
const recordSchema = z.custom<ExecutionRecord>((value) => isObject(value) && "id" in value);
export const listSchema = z.object({ executions: z.array(recordSchema), nextCursor: z.string().optional() });

/**
 * Calls an endpoint of another window.
 * @throws BridgeError of the window; KIRO_UNAVAILABLE (`window-gone`), OPERATION_TIMEOUT
 */
export async function callWindow<S extends z.ZodType>(
  window: OtherWindow,
  call: WindowCall,
  schema: S,
): Promise<z.infer<S>> {
  const { status, body } = await window.call(call);
  const value = parsed(body);
  if (status >= 400) throw errorOf(value, status);
  const response = schema.safeParse(value);
  if (response.success) return response.data;
  throw new BridgeError("INTERNAL_ERROR", "The other window has sent a response of another version.");
}

function errorOf(value: unknown, status: number): BridgeError {
  const body = errorBodySchema.safeParse(value);
  if (!body.success) return new BridgeError("INTERNAL_ERROR", `The other window responded with ${status}.`);
  const { code, message, context } = body.data;
  return new BridgeError(code, message, context);
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
