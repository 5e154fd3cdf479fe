import * as z from "zod";
import type { Caller, Outcome } from "./callScript.ts";

const answered = z.object({ success: z.boolean(), output: z.string(), error: z.string().optional() });
const statusAnswer = z.object({ status: z.string(), availableCommands: z.array(z.string()) });

/** Returns the part of a response that all clients can compare. */
export function outcomeOf(body: unknown): Outcome {
  const { success, output, error } = answered.parse(body);
  return { success, output, ...(error !== undefined && { error }) };
}

/** Plain `fetch`, as any program would call it. */
export function fetchCaller({ url, token }: { readonly url: string; readonly token: string }): Caller {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const status: Caller["status"] = async () =>
    statusAnswer.parse(await (await fetch(`${url}/api/kiro/status`, { headers })).json());
  return {
    name: "fetch",
    status,
    isReady: async () => (await status()).status === "ready",
    execute: async (command, args) => {
      const body = JSON.stringify({ command, args });
      const response = await fetch(`${url}/api/kiro/execute`, { method: "POST", headers, body });
      const answer: unknown = await response.json();
      return response.ok ? outcomeOf(answer) : { rejected: response.status };
    },
  };
}
