import * as z from "zod";

export const TERMINAL_SUBPROTOCOL = "kiro-terminal.json";

/** The frames of `/terminal` with this subprotocol (docs/wire-contract.md#66-terminal), by `type`. */
export const terminalFrames = {
  branch: z
    .object({ type: z.literal("branch"), branch: z.string().describe("The Git branch of the folder.") })
    .meta({ id: "TerminalBranch" }),
  output: z
    .object({ type: z.literal("output"), data: z.string().describe("Raw output, including color codes.") })
    .meta({ id: "TerminalOutput" }),
  exit: z
    .object({
      type: z.literal("exit"),
      code: z.int().nullable().describe("Null if a signal ended the CLI."),
      signal: z.string().nullable(),
    })
    .meta({ id: "TerminalExit" }),
  input: z
    .object({ type: z.literal("input"), data: z.string().describe("What is typed, unchanged.") })
    .meta({ id: "TerminalInput" }),
} as const;

/** A frame from the bridge. */
export type TerminalFrame = z.infer<(typeof terminalFrames)["branch" | "output" | "exit"]>;
