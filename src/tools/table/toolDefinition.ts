import * as z from "zod";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import type { AskFirst, ToolCall } from "./toolCall.ts";

/** Hints about the effects of a tool, for the decision whether it may run. */
export interface ToolHints {
  readonly isReadOnly: boolean;
  /** True if it may overwrite or remove something. */
  readonly isDestructive?: boolean;
  /** True if a repetition has no further effect. */
  readonly isIdempotent?: boolean;
  /** True if its effects are not limited to the editor. */
  readonly isOpenWorld: boolean;
}

/** The command that a call runs. */
export interface ToolRequest {
  readonly request: ExecuteRequest;
  /** A folder of the window in which it runs. */
  readonly workspace?: string | undefined;
  /** Names the call for people. Default: the title of the tool. */
  readonly title?: string;
}

/** The result of a tool. */
export interface ToolOutcome<T extends object> {
  readonly structured: T;
  /** For models. Default: the structured result as JSON. */
  readonly text?: string;
  /** The execution of which the result is only a part. */
  readonly cut?: { readonly executionId: string; readonly command: string };
  readonly isError?: boolean;
}

export interface ToolSpec<In, Out extends object> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly hints: ToolHints;
  readonly input: z.ZodType<In>;
  readonly output: z.ZodType<Out>;
  /** Returns the request that a call sends, for tools that run a command. */
  readonly request?: (args: In) => ToolRequest;
  /** @throws BridgeError, whose sentence is the result of the call */
  readonly run: <Q>(
    args: In,
    call: ToolCall<Q>,
  ) => Promise<ToolOutcome<Out> | AskFirst<Q>> | ToolOutcome<Out> | AskFirst<Q>;
}

/** A tool of the bridge, for all kinds of callers. */
export interface ToolDefinition extends Pick<ToolSpec<never, never>, "name" | "title" | "description" | "hints"> {
  readonly input: ObjectSchema;
  readonly output: ObjectSchema;
  /** Returns the request of a call; undefined for a tool that runs no command. @throws BridgeError VALIDATION_FAILED */
  requestOf(args: unknown): ToolRequest | undefined;
  /** @throws BridgeError */
  call<Q>(args: unknown, call: ToolCall<Q>): Promise<ToolOutcome<object> | AskFirst<Q>>;
}

const objectSchema = z.looseObject({ type: z.literal("object") });
/** A JSON Schema of an object. */
type ObjectSchema = z.infer<typeof objectSchema>;

/** Joins a tool with the JSON Schemas of its arguments and of its result, which are made once. */
export function defineTool<In, Out extends object>(spec: ToolSpec<In, Out>): ToolDefinition {
  const { name, title, description, hints, input, output, request, run } = spec;
  return {
    name,
    title,
    description,
    hints,
    input: jsonSchemaOf(input, "input"),
    output: jsonSchemaOf(output, "output"),
    requestOf: (args) => request?.(validate(input, args)),
    call: async (args, call) => run(validate(input, args), call),
  };
}

function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): ObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return objectSchema.parse(rest);
}
