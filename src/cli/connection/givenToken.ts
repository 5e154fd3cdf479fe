import { text } from "node:stream/consumers";
import { usageFailure } from "../exitCodes.ts";

/** Printable characters without spaces: nothing else can be sent in a header. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/**
 * Reads the token that the user gives: from stdin, or KIRO_BRIDGE_TOKEN. There is no option with the token itself,
 * because all programs of the machine can read a command line.
 * @returns undefined if none was given
 */
export async function readToken(isOnStdin: boolean, signal: AbortSignal): Promise<string | undefined> {
  const given = isOnStdin ? await readInput(signal) : process.env["KIRO_BRIDGE_TOKEN"];
  const token = given?.trim();
  if (token === undefined || (token === "" && !isOnStdin)) return undefined;
  if (TOKEN.test(token)) return token;
  throw usageFailure(isOnStdin ? "There is no token on stdin." : "KIRO_BRIDGE_TOKEN is not a token.");
}

/** Reads stdin to its end. @throws the signal's reason */
export async function readInput(signal: AbortSignal): Promise<string> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return await Promise.race([text(process.stdin), interrupted]);
}
