import { BridgeError, type ErrorContext, errorCodes, isBridgeError, messageOf } from "../../protocol/errors.ts";
import type { Untyped } from "../bus/message.ts";
import { parseDocument } from "./parseDocument.ts";
import { type StateChange, type StateDocument, withoutExports } from "./stateDocument.ts";
import { invalidState, mergedLimits, type StateLimits } from "./stateLimits.ts";

/** The participant of the bridge, which keeps the states of all plugins. */
export const STORE_NAME = "kiro-bridge";
/** Published by the store when it begins: replicas exchange their documents with it. */
export const STORE_TOPIC = "system/state";

/** Requests of a plugin to the store, on `state/<plugin>/<kind>`. */
export type StateRequestKind = "snapshot" | "export" | "import";

export function stateTopic(plugin: string, kind: StateRequestKind | "change" | "exported"): string {
  return `state/${plugin}/${kind}`;
}

/** The payload of `state/<plugin>/change`. */
export interface StateChanged {
  readonly type: StateChange["type"];
  readonly key: string;
  /** The value after the change, unless it is large. */
  readonly value?: unknown;
  readonly replica: string;
  readonly delta: StateDocument;
}

export interface SnapshotRequest {
  /** Unique for each start of a plugin. */
  readonly instance: string;
  /** Of the document that the plugin has; absent at its start. */
  readonly digest?: string;
  /** That document, if the store is known to have another one. */
  readonly document?: StateDocument;
  /** The plugin ends, and gives its id back. */
  readonly ends?: boolean;
}

export interface Snapshot {
  /** The id that the plugin may write with, and the first number of its writes. */
  readonly replica: string;
  readonly least: number;
  readonly digest: string;
  /** The document of the store, if the plugin has another one. */
  readonly document?: StateDocument;
}

export interface ImportedState {
  readonly value: Untyped;
  readonly version: string;
  /** ISO 8601. */
  readonly exportedAt: string;
}

/** The payload of each response of the store. */
export type StateReply = { readonly result: unknown } | { readonly error: ErrorOnBus };

interface ErrorOnBus {
  readonly code: string;
  readonly message: string;
  readonly context?: ErrorContext;
}

export function replyOf(error: unknown): StateReply {
  const { code, message, context } = isBridgeError(error) ? error : new BridgeError("INTERNAL_ERROR", messageOf(error));
  return { error: { code, message, ...(context !== undefined && { context }) } };
}

/** Returns the result of a reply. @throws BridgeError the error of the store */
export function resultOf(reply: Untyped): Untyped {
  const error = reply?.error;
  if (error === undefined) return reply?.result;
  const code = errorCodes.find((each) => each === error.code) ?? "INTERNAL_ERROR";
  throw new BridgeError(code, String(error.message), error.context);
}

export function parseSnapshot(input: Untyped): Snapshot {
  const { replica, least, digest, document } = input ?? {};
  if (typeof replica !== "string" || !Number.isSafeInteger(least) || typeof digest !== "string") {
    throw invalidState("The store sent no valid snapshot.");
  }
  return { replica, least, digest, ...(document !== undefined && { document: parseDocument(document, mergedLimits) }) };
}

export function parseSnapshotRequest(input: Untyped, limits: StateLimits): SnapshotRequest {
  const { instance, digest, document, ends } = input ?? {};
  if (typeof instance !== "string" || instance === "" || instance.length > 100) {
    throw invalidState("A request for a snapshot names the instance of the plugin.");
  }
  return {
    instance,
    ...(typeof digest === "string" && { digest }),
    ...(ends === true && { ends }),
    ...(document !== undefined && { document: withoutExports(parseDocument(document, limits)) }),
  };
}
