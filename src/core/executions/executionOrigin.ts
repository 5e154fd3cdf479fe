import type { Requester } from "../../protocol/executions.ts";

/** The part of an execution that says where it comes from, which its record and its first events have as well. */
export interface ExecutionOrigin {
  readonly requestedBy?: Requester | undefined;
  /** The execution in which an agent has requested it. */
  readonly parentId?: string | undefined;
  /** The execution that an agent has begun with, if agents have asked agents. Known while it is in memory. */
  readonly rootId?: string | undefined;
  /** See `Caller`. */
  readonly traceparent?: string | undefined;
}

/** Returns the fields that are set. */
export function originOf({ requestedBy, parentId, traceparent }: ExecutionOrigin): {
  readonly requestedBy?: Requester;
  readonly parentId?: string;
  readonly traceparent?: string;
} {
  return {
    ...(requestedBy !== undefined && { requestedBy }),
    ...(parentId !== undefined && { parentId }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
