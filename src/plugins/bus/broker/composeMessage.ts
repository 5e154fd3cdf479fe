import { isoTime } from "../../../base/isoTime.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { copyJson } from "../jsonCopy.ts";
import type { Message, MessageHeaders, MessageMetadata, MessageType, NewMessage } from "../message.ts";
import type { Packet } from "../packet.ts";
import { withTrace } from "../traceIds.ts";

const DEFAULT_PRIORITY = 5;
const LOWEST_PRIORITY = 1;
const HIGHEST_PRIORITY = 10;
const MAX_ID_LENGTH = 128;
const MAX_HEADERS = 64;
const MAX_HEADERS_BYTES = 16_384;
const MAX_METADATA_BYTES = 16_384;
/** The weight of a message without headers and payload. */
const OWN_BYTES = 400;

const messageTypes: ReadonlySet<unknown> = new Set<MessageType>(["request", "response", "event", "command"]);
const noMetadata: MessageMetadata = Object.freeze({});

/** Parts of a message that its publisher does not decide. */
export interface MessageFacts {
  readonly source: string;
  /** In its slash form. */
  readonly topic: string;
  readonly destination: string;
  readonly messageType: MessageType;
  /** Of a request. */
  readonly request?: { readonly correlationId: string; readonly timeoutMs: number } | undefined;
}

export interface ComposeOptions {
  readonly maxPayloadBytes: number;
  /** Monotonic time. */
  readonly now: () => number;
}

/** Makes a message of what was given. @throws BridgeError VALIDATION_FAILED or PAYLOAD_TOO_LARGE */
export function composeMessage(
  given: NewMessage,
  facts: MessageFacts,
  { maxPayloadBytes, now }: ComposeOptions,
): Packet {
  const { value: payload, bytes } = copyJson(given.payload, maxPayloadBytes, "The payload");
  const wallTimeMs = Date.now();
  const { source, topic, destination, messageType, request } = facts;
  const metadata = metadataOf(given.metadata, request?.timeoutMs);
  const start = {
    messageId: given.messageId === undefined ? crypto.randomUUID() : messageIdOf(given.messageId),
    timestamp: isoTime(wallTimeMs),
    source,
    destination,
    topic,
    messageType,
    priority: given.priority === undefined ? DEFAULT_PRIORITY : priorityOf(given.priority),
    headers: headersOf(given.headers),
    payload,
    metadata,
  };
  const message: Message = request === undefined ? start : { ...start, correlationId: request.correlationId };
  return {
    message: Object.freeze(message),
    bytes: bytes + topic.length + OWN_BYTES + (given.headers === undefined ? 0 : MAX_HEADERS_BYTES / MAX_HEADERS),
    expiresAtMs: expiryOf(metadata, wallTimeMs, now),
  };
}

/** Returns the type that was given. @throws BridgeError VALIDATION_FAILED */
export function messageTypeOf(value: MessageType | undefined): MessageType {
  if (value === undefined) return "event";
  if (messageTypes.has(value)) return value;
  throw invalid("A messageType is request, response, event or command.");
}

function messageIdOf(value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length <= MAX_ID_LENGTH && /^[\x21-\x7e]+$/.test(value)) {
    return value;
  }
  throw invalid(`A messageId has 1 to ${MAX_ID_LENGTH} visible ASCII characters.`);
}

function priorityOf(value: unknown): number {
  const isPriority = typeof value === "number" && Number.isInteger(value);
  if (isPriority && value >= LOWEST_PRIORITY && value <= HIGHEST_PRIORITY) return value;
  throw invalid(`A priority is an integer from ${LOWEST_PRIORITY} to ${HIGHEST_PRIORITY}.`);
}

function headersOf(given: unknown): MessageHeaders {
  if (given === undefined) return withTrace(undefined);
  const { value } = copyJson(given, MAX_HEADERS_BYTES, "The headers");
  if (!isHeaders(value)) throw invalid(`Headers are at most ${MAX_HEADERS} texts by their names.`);
  return withTrace(value);
}

function isHeaders(value: unknown): value is MessageHeaders {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const texts: unknown[] = Object.values(value);
  return texts.length <= MAX_HEADERS && texts.every((text) => typeof text === "string");
}

function metadataOf(given: unknown, timeoutMs: number | undefined): MessageMetadata {
  if (given === undefined) return timeoutMs === undefined ? noMetadata : Object.freeze({ timeout: timeoutMs });
  const { value } = copyJson(given, MAX_METADATA_BYTES, "The metadata");
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("The metadata is an object.");
  const { deliveryCount: _ownOfTheBus, ...metadata }: MessageMetadata = value;
  if (timeoutMs !== undefined) return Object.freeze({ ...metadata, timeout: timeoutMs });
  return Object.freeze(metadata);
}

function expiryOf({ expiresAt }: { readonly expiresAt?: unknown }, wallTimeMs: number, now: () => number): number {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
  const expiresAtMs = typeof expiresAt === "string" ? Date.parse(expiresAt) : Number.NaN;
  if (Number.isNaN(expiresAtMs)) throw invalid("metadata.expiresAt is a time in ISO 8601.");
  return now() + expiresAtMs - wallTimeMs;
}

function invalid(message: string): BridgeError {
  return new BridgeError("VALIDATION_FAILED", message);
}
