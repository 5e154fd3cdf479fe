import * as z from "zod";
import type { KnownCommand, Task } from "../../core/ports.ts";
import { MAX_PROMPT_LENGTH, sessionNameSchema } from "../../protocol/chat.ts";
import { invalid, quote, validate } from "../../protocol/validate.ts";
import type { SessionPlace } from "../sessions.ts";
import { DEFAULT_SESSION } from "../sessions.ts";

const nothing = z.tuple([]);
const optionalSession = z.union([nothing, z.tuple([sessionNameSchema])]);
const promptSchema = z
  .string()
  .max(MAX_PROMPT_LENGTH)
  .refine((prompt) => prompt.trim() !== "", { message: "a prompt without any text", params: { rule: "required" } });

/** The commands for Kiro CLI: what people read, and which arguments each one takes. */
const cliCommands = {
  "kiro.cli.chat": { title: "Ask Kiro CLI (the argument is the prompt)", args: z.tuple([promptSchema]) },
  "kiro.cli.cancel": { title: "Cancel the prompt of a Kiro CLI session", args: optionalSession },
  "kiro.cli.newSession": { title: "Start a new conversation in a Kiro CLI session", args: optionalSession },
  "kiro.cli.closeSession": { title: "Close a Kiro CLI session by ID or name", args: optionalSession },
  "kiro.cli.listSessions": { title: "List Kiro CLI sessions", args: nothing },
  "kiro.cli.status": { title: "Show the status of Kiro CLI", args: nothing },
} as const satisfies Record<string, { title: string; args: z.ZodType<readonly string[]> }>;

type CliCommandId = keyof typeof cliCommands;

export const knownCliCommands: readonly KnownCommand[] = Object.entries(cliCommands).map(([id, { title }]) => ({
  id,
  title,
  source: "kiro-cli",
}));

/** A task that makes sense. */
export interface CliTask {
  readonly command: CliCommandId;
  /** The prompt of a chat; of other commands the session's name or id, when there is one. */
  readonly argument: string | undefined;
  readonly place: SessionPlace;
}

/**
 * Reads a task for Kiro CLI. Text arguments come as `args` or as `params`.
 * @throws BridgeError VALIDATION_FAILED
 */
export function readCliTask(task: Task, defaultWorkspacePath: string): CliTask {
  const { command } = task;
  if (!isCliCommand(command)) {
    throw invalid("command", "enum", Object.keys(cliCommands).join(" | "), quote(command));
  }
  const field = task.params === undefined ? "args" : "params";
  const given = { [field]: task.params ?? task.args };
  const schema: z.ZodType<Record<string, readonly string[]>> = z.object({ [field]: cliCommands[command].args });
  const [argument] = validate(schema, given)[field] ?? [];
  const name = task.session ?? (command === "kiro.cli.chat" ? undefined : argument) ?? DEFAULT_SESSION;
  return { command, argument, place: { workspacePath: task.workspacePath ?? defaultWorkspacePath, name } };
}

function isCliCommand(command: string): command is CliCommandId {
  return Object.hasOwn(cliCommands, command);
}
