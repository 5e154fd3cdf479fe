import { setTimeout as delay } from "node:timers/promises";
import { BridgeError } from "../../protocol/errors.ts";
import { SELF_CHECK } from "../guards/program.ts";
import { connectableHost, probe, type ProbeAnswer } from "./portProbe.ts";

const GUARDED_PATH = "/api/kiro/status";
const FOREIGN_HOST = "kiro-bridge-self-check.invalid";
/** Time in milliseconds for the response to each request: a machine that is busy must not keep the bridge off. */
const ANSWER_MS = 10_000;
/** Interval in milliseconds at which a request without a response is repeated. */
const AGAIN_MS = 50;

export interface SelfCheckOptions {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly authMode: "token" | "none";
  /** Time in milliseconds for the response to each request. Default: 10 s. */
  readonly answerMs?: number;
}

/**
 * Sends requests to this server through a real socket: one without a token, and one with a foreign `Host`.
 * @throws BridgeError CONFIGURATION_ERROR unless both are rejected, on every address
 */
export async function checkOwnGuards({
  addresses,
  port,
  authMode,
  answerMs = ANSWER_MS,
}: SelfCheckOptions): Promise<void> {
  const expectRefusal = async (url: string, headers: Readonly<Record<string, string>>, status: number) => {
    const answer = await answerOf(url, headers, answerMs);
    if (answer?.status !== status) throw unsafe(status, answer);
  };
  for (const address of addresses) {
    const host = connectableHost(address);
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}${GUARDED_PATH}`;
    await expectRefusal(url, { host: FOREIGN_HOST }, 403);
    if (authMode === "token") await expectRefusal(url, {}, 401);
  }
}

/** Returns the response, or undefined if there is none in time. */
async function answerOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  answerMs: number,
): Promise<ProbeAnswer | undefined> {
  const latest = performance.now() + answerMs;
  for (;;) {
    const answer = await probe(url, { ...headers, "user-agent": SELF_CHECK });
    if (answer !== undefined || performance.now() >= latest) return answer;
    await delay(AGAIN_MS);
  }
}

function unsafe(expected: number, answer: ProbeAnswer | undefined): BridgeError {
  const got = answer === undefined ? "there was no response" : `the response was ${answer.status}`;
  return new BridgeError(
    "CONFIGURATION_ERROR",
    `The bridge stays off because its security check failed: an unauthorized request must be rejected with status ${expected}, but ${got}.`,
    { expected },
  );
}
