import * as z from "zod";
import { assertCommandId, type ChatTask, type CommandTask, taskFieldsOf } from "../../core/commands/target.ts";
import type { KnownCommand } from "../../core/ports.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { HeldTurn } from "../../core/executions/heldTurn.ts";
import type { TargetRequest } from "../../core/commands/turnInput.ts";
import { MAX_PROMPT_LENGTH, sessionNameSchema } from "../../protocol/chat.ts";
import { invalid, quote, validate } from "../../protocol/validate.ts";
import { DEFAULT_SESSION, type SessionPlace } from "../sessions.ts";

const nothing = z.tuple([]);
const optionalSession = z.union([nothing, z.tuple([sessionNameSchema])]);
const promptSchema = z
  .string()
  .max(MAX_PROMPT_LENGTH)
  .refine((prompt) => prompt.trim() !== "", { message: "a prompt without any text", params: { rule: "required" } });

/** The text that a record shows of the prompt of a gateway. */
const shownSchema = z.union([nothing, z.tuple([z.string().max(MAX_PROMPT_LENGTH)])]);

/** The commands of Kiro CLI, with their titles and arguments. */
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

interface InSession {
  readonly place: SessionPlace;
}

/** A prompt and its session. */
export type KiroChatTask = ChatTask & InSession;

export interface KiroCommandTask extends CommandTask, InSession {
  readonly command: Exclude<CliCommandId, typeof CHAT>;
  /** Name or ID of a session, if given. */
  readonly argument: string | undefined;
}

export type KiroTask = KiroChatTask | KiroCommandTask;

/** The command that sends a prompt. */
export const CHAT = "kiro.cli.chat";
const PREFIX = "kiro.cli.";

/**
 * Returns the command that a request runs: a `kiro.cli.*` command, or, with `target: "cli"`, the chat command with the
 * request's `command` as prompt; undefined for commands of other targets.
 * @throws BridgeError VALIDATION_FAILED
 */
export function cliCommandOf({ command, target }: ExecuteRequest): string | undefined {
  if (!command.startsWith(PREFIX)) return target === "cli" ? CHAT : undefined;
  assertCommandId(command);
  return command;
}

/**
 * Reads a request for Kiro CLI. Text arguments are in `args` or in `params`.
 * @param ownerId see `SessionPlace`
 * @throws BridgeError VALIDATION_FAILED
 */
export function readKiroTask(request: TargetRequest, defaultWorkspacePath: string, ownerId?: string): KiroTask {
  const fields = taskFieldsOf(withChatCommand(request));
  const { command, args, params } = fields;
  if (!isCliCommand(command)) {
    throw invalid("command", "enum", Object.keys(cliCommands).join(" | "), quote(command));
  }
  const field = params === undefined ? "args" : "params";
  const held = command === CHAT && request.turn !== undefined ? new HeldTurn(request.turn) : undefined;
  const schema: z.ZodType<Record<string, readonly string[]>> = z.object({
    [field]: held === undefined ? cliCommands[command].args : shownSchema,
  });
  const [argument] = validate(schema, { [field]: params ?? args })[field] ?? [];
  const place = (name: string): SessionPlace => ({
    workspacePath: fields.workspacePath ?? defaultWorkspacePath,
    name,
    ...(ownerId !== undefined && { ownerId }),
  });
  if (command === CHAT) {
    const chat = { ...fields, kind: "chat" as const, prompt: argument ?? "", ...(held !== undefined && { held }) };
    return { ...chat, place: place(fields.session ?? DEFAULT_SESSION) };
  }
  return { ...fields, kind: "command", command, argument, place: place(fields.session ?? argument ?? DEFAULT_SESSION) };
}

/** Treats a command that Kiro CLI does not have as a prompt, with `target: "cli"`. */
function withChatCommand(request: ExecuteRequest): ExecuteRequest {
  const { command, args = [], params: _, ...rest } = request;
  return command.startsWith(PREFIX) ? request : { ...rest, command: CHAT, args: [command, ...args] };
}

function isCliCommand(command: string): command is CliCommandId {
  return Object.hasOwn(cliCommands, command);
}
