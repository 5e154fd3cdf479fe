import type { IncomingMessage } from "node:http";

const LONGEST_NAME = 200;

/** Returns the name that a program sends in its User-Agent header: one line of bounded length, because it is displayed. */
export function programOf({ headers }: IncomingMessage): string {
  const name = headers["user-agent"];
  return name === undefined || name === "" ? "(no name)" : name.slice(0, LONGEST_NAME);
}
