import type { IncomingMessage } from "node:http";
import {
  type CallToolResult,
  type ClientCapabilities,
  type InputRequiredResult,
  isInputRequiredResult,
  type ResourceLink,
  type ServerContext,
  type Tool,
  type ToolAnnotations,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Caller } from "../../../core/access/principal.ts";
import { validate } from "../../../protocol/validate.ts";
import type { CallProgress } from "../endpoint/progress.ts";

/** One call of a tool. */
export interface ToolCall {
  /** The HTTP request that has brought it. */
  readonly request: IncomingMessage;
  readonly caller: Caller;
  readonly context: ServerContext;
  readonly progress: CallProgress;
  /** The capabilities of the client; undefined if it has not said. */
  readonly client: ClientCapabilities | undefined;
  /** True for a client since 2026-07-28, whose user is asked by the result. */
  readonly isStateless: boolean;
  /** Aborted when the client cancels the call, and when its session ends. */
  readonly signal: AbortSignal;
}

/** The result of a tool. */
export interface ToolOutcome<T extends object> {
  readonly structured: T;
  /** For models. Default: the structured result as JSON. */
  readonly text?: string;
  readonly links?: readonly ResourceLink[];
  readonly isError?: boolean;
}

export interface ToolSpec<In, Out extends object> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly input: z.ZodType<In>;
  readonly output: z.ZodType<Out>;
  /** @throws BridgeError, whose sentence is the result of the call */
  readonly run: (args: In, call: ToolCall) => Promise<ToolOutcome<Out> | InputRequiredResult> | ToolOutcome<Out>;
}

/** A tool as a server offers it. */
export interface ToolDefinition {
  readonly listing: Tool;
  /** @throws BridgeError */
  call(args: unknown, call: ToolCall): Promise<CallToolResult | InputRequiredResult>;
}

const objectSchema = z.looseObject({ type: z.literal("object") });

/** Joins a tool with the JSON Schemas of its arguments and of its result, which are made once. */
export function defineTool<In, Out extends object>(spec: ToolSpec<In, Out>): ToolDefinition {
  const { name, title, description, annotations, input, output, run } = spec;
  return {
    listing: {
      name,
      title,
      description,
      annotations: { title, ...annotations },
      inputSchema: jsonSchemaOf(input, "input"),
      outputSchema: jsonSchemaOf(output, "output"),
    },
    async call(args, call) {
      const outcome = await run(validate(input, args), call);
      return isInputRequiredResult(outcome) ? outcome : resultOf(outcome);
    },
  };
}

function jsonSchemaOf(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return objectSchema.parse(rest);
}

function resultOf<T extends object>({ structured, text, links = [], isError = false }: ToolOutcome<T>): CallToolResult {
  return {
    content: [{ type: "text", text: text ?? JSON.stringify(structured) }, ...links],
    structuredContent: { ...structured },
    ...(isError && { isError }),
  };
}
