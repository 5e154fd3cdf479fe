import * as z from "zod";
import { assertCommandId, type ChatTask, type CommandTask, taskFieldsOf } from "../../core/commands/target.ts";
import type { KnownCommand } from "../../core/ports.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { HeldTurn } from "../../core/executions/heldTurn.ts";
import type { TargetRequest } from "../../core/commands/turnInput.ts";
import { MAX_PROMPT_LENGTH, sessionNameSchema } from "../../protocol/chat.ts";
import { invalid, quote, validate } from "../../protocol/validate.ts";
import { DEFAULT_SESSION, type SessionPlace } from "../sessions.ts";

/** The names of an agent, for programs and for people. */
export interface AgentNames {
  /** The values of `target` with which a request sends a prompt to it. */
  readonly targets: readonly string[];
  /** The beginning of the IDs of its commands. */
  readonly prefix: string;
  /** See `KnownCommand.source`. */
  readonly source: string;
  /** Such as "Kiro CLI". */
  readonly agent: string;
  /** Such as "a Kiro CLI session". */
  readonly session: string;
  /** Such as "Kiro CLI sessions". */
  readonly sessions: string;
}

const nothing = z.tuple([]);
const optionalSession = z.union([nothing, z.tuple([sessionNameSchema])]);
const promptSchema = z
  .string()
  .max(MAX_PROMPT_LENGTH)
  .refine((prompt) => prompt.trim() !== "", { message: "a prompt without any text", params: { rule: "required" } });

/** The text that a record shows of the input of a gateway. */
export const shownSchema = z.union([nothing, z.tuple([z.string().max(MAX_PROMPT_LENGTH)])]);

const argumentsOf = {
  chat: z.tuple([promptSchema]),
  cancel: optionalSession,
  newSession: optionalSession,
  closeSession: optionalSession,
  listSessions: nothing,
  status: nothing,
} as const satisfies Record<string, z.ZodType<readonly string[]>>;

/** A command of every agent, after the prefix of the agent. */
type CommandName = keyof typeof argumentsOf;

interface InSession {
  readonly place: SessionPlace;
}

/** A prompt and its session. */
export type AgentChatTask = ChatTask & InSession;

export interface AgentCommandTask extends CommandTask, InSession {
  readonly name: Exclude<CommandName, "chat">;
  /** Name or ID of a session, if given. */
  readonly argument: string | undefined;
}

export type AgentTask = AgentChatTask | AgentCommandTask;

/** The commands of an agent: what they are called, and how requests for them are read. */
export class AgentCommands {
  readonly known: readonly KnownCommand[];
  /** The command that sends a prompt. */
  readonly chat: string;
  readonly #names: AgentNames;

  constructor(names: AgentNames) {
    const { prefix, source } = names;
    this.#names = names;
    this.chat = `${prefix}chat`;
    this.known = Object.entries(titlesOf(names)).map(([name, title]) => ({ id: prefix + name, title, source }));
  }

  /**
   * Returns the command that a request runs: one with the prefix of the agent, or, with the agent as target, the chat command
   * with the request's `command` as prompt; undefined for commands of other targets.
   * @throws BridgeError VALIDATION_FAILED
   */
  commandOf({ command, target }: ExecuteRequest): string | undefined {
    if (!this.#isOwn(command))
      return target !== undefined && this.#names.targets.includes(target) ? this.chat : undefined;
    assertCommandId(command);
    return command;
  }

  /**
   * Reads a request for the agent. Text arguments are in `args` or in `params`.
   * @param ownerId see `SessionPlace`
   * @throws BridgeError VALIDATION_FAILED
   */
  read(request: TargetRequest, defaultWorkspacePath: string, ownerId?: string): AgentTask {
    const fields = taskFieldsOf(this.#withChatCommand(request));
    const name = this.#nameOf(fields.command);
    const held = name === "chat" ? this.#heldBy(request) : undefined;
    const [argument] = readArguments(held === undefined ? argumentsOf[name] : shownSchema, fields);
    const place = (session: string): SessionPlace => ({
      workspacePath: fields.workspacePath ?? defaultWorkspacePath,
      name: session,
      ...(ownerId !== undefined && { ownerId }),
    });
    if (name === "chat") {
      const chat = { ...fields, kind: "chat" as const, prompt: argument ?? "", ...(held !== undefined && { held }) };
      return { ...chat, place: place(fields.session ?? DEFAULT_SESSION) };
    }
    return { ...fields, kind: "command", name, argument, place: place(fields.session ?? argument ?? DEFAULT_SESSION) };
  }

  #heldBy({ turn }: TargetRequest): HeldTurn | undefined {
    if (turn?.call === undefined) return turn && new HeldTurn(turn);
    throw invalid("command", "unsupported", "a command for a model", this.chat, "this one takes a prompt");
  }

  #isOwn(command: string): boolean {
    return command.startsWith(this.#names.prefix);
  }

  /** Treats a command that the agent does not have as a prompt, with the agent as target. */
  #withChatCommand(request: ExecuteRequest): ExecuteRequest {
    const { command, args = [], params: _, ...rest } = request;
    return this.#isOwn(command) ? request : { ...rest, command: this.chat, args: [command, ...args] };
  }

  #nameOf(command: string): CommandName {
    const name = command.slice(this.#names.prefix.length);
    if (isCommandName(name)) return name;
    throw invalid("command", "enum", this.known.map(({ id }) => id).join(" | "), quote(command));
  }
}

/** @throws BridgeError VALIDATION_FAILED */
export function readArguments(
  schema: z.ZodType<readonly string[]>,
  { args, params }: { readonly args: readonly string[]; readonly params?: readonly unknown[] },
): readonly string[] {
  const field = params === undefined ? "args" : "params";
  const whole: z.ZodType<Record<string, readonly string[]>> = z.object({ [field]: schema });
  return validate(whole, { [field]: params ?? args })[field] ?? [];
}

function titlesOf({ agent, session, sessions }: AgentNames): Readonly<Record<CommandName, string>> {
  return {
    chat: `Ask ${agent} (the argument is the prompt)`,
    cancel: `Cancel the prompt of ${session}`,
    newSession: `Start a new conversation in ${session}`,
    closeSession: `Close ${session} by ID or name`,
    listSessions: `List ${sessions}`,
    status: `Show the status of ${agent}`,
  };
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(argumentsOf, name);
}
