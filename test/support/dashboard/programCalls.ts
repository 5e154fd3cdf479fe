import * as z from "zod";
import type { Discovery } from "../editor/bridge.ts";

const ANSWER_DEADLINE_MS = 60_000;

const answer = z.looseObject({ executionId: z.string(), status: z.string() });
const execution = z.looseObject({ status: z.string(), output: z.string(), error: z.string().optional() });

/** What a program outside does: start, look. */
export async function startExecution(bridge: Discovery, request: object): Promise<string> {
  const headers = { ...headersFor(bridge), prefer: "respond-async" };
  const response = await fetch(`${bridge.url}/api/kiro/execute`, {
    method: "POST",
    headers,
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  });
  return answer.parse(await response.json()).executionId;
}

/** Sends a prompt to the Kiro CLI, in a session of that name. */
export function startPrompt(bridge: Discovery, prompt: string, session: string): Promise<string> {
  return startExecution(bridge, { command: "kiro.cli.chat", args: [prompt], session });
}

/** `GET`, or `POST` with a body. */
export async function call(bridge: Discovery, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${bridge.url}${path}`, {
    headers: headersFor(bridge),
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  });
  return response.json();
}

export async function readExecution(bridge: Discovery, id: string): Promise<z.infer<typeof execution>> {
  return execution.parse(await call(bridge, `/api/kiro/executions/${id}`));
}

/** A subscriber to all events, until either side disconnects. */
export interface Listener {
  readonly ended: Promise<void>;
  hangUp(): void;
}

export async function listenToEvents(bridge: Discovery, name: string): Promise<Listener> {
  const abort = new AbortController();
  const headers = { ...headersFor(bridge), "user-agent": name };
  const { body } = await fetch(`${bridge.url}/api/kiro/events`, { headers, signal: abort.signal });
  const drained = async (): Promise<void> => {
    if (body !== null) for await (const _chunk of body);
  };
  return { ended: drained().catch(() => undefined), hangUp: () => abort.abort() };
}

function headersFor({ token }: Discovery): Record<string, string> {
  return { authorization: `Bearer ${token}`, "content-type": "application/json" };
}
