import { type Command, InvalidArgumentError } from "commander";
import type { TraceOptions } from "../../client/index.ts";
import { readTraceparent } from "../../protocol/tracing/traceparent.ts";

/** Adds the option that makes an execution a part of a trace. */
export function withTrace(command: Command): Command {
  const description = "position in a trace (W3C Trace Context), of which the execution becomes a part";
  return command.option("--traceparent <value>", description, parseTraceparent);
}

/**
 * Returns the position in a trace of the option, else of the environment, where tools that trace builds put it: one of theirs
 * that is not valid is nothing that the user has asked for, and is left out by the client.
 */
export function traceOf({ traceparent }: TraceOptions): TraceOptions {
  return { traceparent: traceparent ?? process.env["TRACEPARENT"] };
}

/** @throws InvalidArgumentError */
function parseTraceparent(text: string): string {
  const traceparent = readTraceparent(text);
  if (traceparent !== undefined) return traceparent;
  throw new InvalidArgumentError("Expected one as 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.");
}
