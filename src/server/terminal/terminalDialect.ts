import * as z from "zod";
import type { Terminal, TerminalEnd } from "../../core/terminalPort.ts";

/** How a client speaks on `/terminal`: texts as they are, or in JSON as the original terminal server did. */
export interface TerminalDialect {
  /** What is said first, if anything. */
  greeting(terminal: Terminal): string | undefined;
  output(text: string): string;
  /** What is said last, if anything. */
  farewell(end: TerminalEnd): string | undefined;
  /** Undefined for a message which is no input. */
  input(message: string): string | undefined;
}

export const JSON_SUBPROTOCOL = "kiro-terminal.json";
const inputSchema = z.object({ type: z.literal("input"), data: z.string() });

export const rawDialect: TerminalDialect = {
  greeting: () => undefined,
  output: (text) => text,
  farewell: () => undefined,
  input: (message) => message,
};

/** `branch`, then `output`; `input` from the client, everything else is ignored. Ours: `exit` at the end. */
export const jsonDialect: TerminalDialect = {
  greeting: ({ branch }) => (branch === undefined ? undefined : JSON.stringify({ type: "branch", branch })),
  output: (data) => JSON.stringify({ type: "output", data }),
  farewell: ({ code, signal }) => JSON.stringify({ type: "exit", code, signal }),
  input: (message) => inputSchema.safeParse(parsed(message)).data?.data,
};

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined; // No JSON is no input.
  }
}
