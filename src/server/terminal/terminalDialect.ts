import type { Terminal, TerminalEnd } from "../../core/terminalPort.ts";
import { type TerminalFrame, terminalFrames } from "../../protocol/terminal.ts";

/** The message format of a client on `/terminal`: raw text, or the JSON of the original terminal server. */
export interface TerminalDialect {
  /** The first message, if any. */
  greeting(terminal: Terminal): string | undefined;
  output(text: string): string;
  /** The last message, if any. */
  farewell(end: TerminalEnd): string | undefined;
  /** Extracts the input, or returns undefined if the message has none. */
  input(message: string): string | undefined;
}

export const rawDialect: TerminalDialect = {
  greeting: () => undefined,
  output: (text) => text,
  farewell: () => undefined,
  input: (message) => message,
};

/**
 * The original format: sends `branch`, then `output`; accepts `input` and ignores other messages. Extended with `exit`
 * at the end.
 */
export const jsonDialect: TerminalDialect = {
  greeting: ({ branch }) => (branch === undefined ? undefined : frame({ type: "branch", branch })),
  output: (data) => frame({ type: "output", data }),
  farewell: ({ code, signal }) => frame({ type: "exit", code, signal }),
  input: (message) => terminalFrames.input.safeParse(parsed(message)).data?.data,
};

function frame(content: TerminalFrame): string {
  return JSON.stringify(content);
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined; // Not JSON, and so not input.
  }
}
