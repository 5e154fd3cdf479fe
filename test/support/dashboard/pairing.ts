import * as z from "zod";
import { pairAllowedSchema, pairPendingSchema } from "../../../src/protocol/pairing.ts";
import type { Discovery } from "../editor/bridge.ts";

const ANSWER_DEADLINE_MS = 180_000;

/** A program that waits for the user's decision. */
export interface AskingProgram {
  readonly code: string;
  /** The token, or the status that the wait has ended with. */
  readonly decision: Promise<{ readonly status: number; readonly token?: string }>;
}

/** Asks to be let in as a program does, without a token, and waits for the decision. */
export async function askForAccess({ url }: Pick<Discovery, "url">, ask: object): Promise<AskingProgram> {
  const response = await fetch(`${url}/api/kiro/pair`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "release-bot/2.1" },
    body: JSON.stringify(ask),
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  });
  const { code } = pairPendingSchema.parse(await response.json());
  const location = new URL(z.string().parse(response.headers.get("location")), url);
  return { code, decision: waitForDecision(location) };
}

async function waitForDecision(location: URL): Promise<{ status: number; token?: string }> {
  const response = await fetch(location, { signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
  const allowed = pairAllowedSchema.safeParse(await response.json());
  return { status: response.status, ...(allowed.success && { token: allowed.data.token }) };
}
