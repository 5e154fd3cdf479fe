import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

const LONGEST_NAME = 200;

/** The name of the requests with which this process checks its own guards. No other program can guess it, and hide behind it. */
export const SELF_CHECK = `kiro-bridge-self-check/${randomBytes(16).toString("base64url")}`;

/** Returns the name that a program sends in its User-Agent header: one line of bounded length, because it is displayed. */
export function programOf({ headers }: IncomingMessage): string {
  const name = headers["user-agent"];
  return name === undefined || name === "" ? "(no name)" : name.slice(0, LONGEST_NAME);
}

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

/** Describes the program for the user, who decides. */
export function originOf(request: IncomingMessage): { program: string; from?: string } {
  const { remoteAddress: from } = request.socket;
  const program = programOf(request).replaceAll(/\p{C}/gu, " ");
  return from === undefined || loopback.has(from) ? { program } : { program, from };
}
