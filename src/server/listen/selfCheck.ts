import { BridgeError } from "../../protocol/errors.ts";
import { connectableHost, probe } from "./portProbe.ts";

const GUARDED_PATH = "/api/kiro/status";
const FOREIGN_HOST = "kiro-bridge-self-check.invalid";

export interface SelfCheckOptions {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly authMode: "token" | "none";
}

/**
 * Sends requests to this server through a real socket: one without a token, and one with a foreign `Host`.
 * @throws BridgeError CONFIGURATION_ERROR unless both are rejected, on every address
 */
export async function checkOwnGuards({ addresses, port, authMode }: SelfCheckOptions): Promise<void> {
  for (const address of addresses) {
    const host = connectableHost(address);
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}${GUARDED_PATH}`;
    await expectRefusal(url, { host: FOREIGN_HOST }, 403);
    if (authMode === "token") await expectRefusal(url, {}, 401);
  }
}

async function expectRefusal(url: string, headers: Readonly<Record<string, string>>, status: number): Promise<void> {
  const answer = await probe(url, headers);
  if (answer?.status === status) return;
  const got = answer === undefined ? "there was no response" : `the response was ${answer.status}`;
  throw new BridgeError(
    "CONFIGURATION_ERROR",
    `The bridge stays off because its security check failed: an unauthorized request must be rejected with status ${status}, but ${got}.`,
    { expected: status },
  );
}
