import { isoTime } from "../../../base/isoTime.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { copyJson } from "../jsonCopy.ts";
import type { Message, MessageHeaders, MessageMetadata, MessageType, NewMessage } from "../message.ts";
import type { Packet } from "../packet.ts";
import type { MessageIds } from "./messageIds.ts";

const DEFAULT_PRIORITY = 5;
const LOWEST_PRIORITY = 1;
const HIGHEST_PRIORITY = 10;
const MAX_ID_LENGTH = 128;
const MAX_HEADERS = 64;
const MAX_HEADERS_BYTES = 16_384;
const MAX_METADATA_BYTES = 16_384;
/** The usual weight of a message without its payload. */
const OWN_BYTES = 500;

const messageTypes: ReadonlySet<unknown> = new Set<MessageType>(["request", "response", "event", "command"]);

interface Weighed<T> {
  readonly value: T;
  readonly bytes: number;
}

const NO_HEADERS: Weighed<undefined> = { value: undefined, bytes: 0 };
const NO_METADATA: Weighed<MessageMetadata> = { value: Object.freeze({}), bytes: 0 };

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

export interface Composing {
  readonly ids: MessageIds;
  readonly maxPayloadBytes: number;
  /** Monotonic time. */
  readonly now: () => number;
}

/** Makes a message of what was given. @throws BridgeError VALIDATION_FAILED or PAYLOAD_TOO_LARGE */
export function composeMessage(given: NewMessage, facts: MessageFacts, composing: Composing): Packet {
  const { ids, maxPayloadBytes, now } = composing;
  const { value: payload, bytes } = copyJson(given.payload, maxPayloadBytes, "The payload");
  const wallTimeMs = Date.now();
  const { source, topic, destination, messageType, request } = facts;
  const headers = given.headers === undefined ? NO_HEADERS : headersOf(given.headers);
  const metadata = given.metadata === undefined ? NO_METADATA : metadataOf(given.metadata);
  const id = ids.next();
  const start = {
    messageId: given.messageId === undefined ? ids.messageId(id) : messageIdOf(given.messageId),
    timestamp: isoTime(wallTimeMs),
    source,
    destination,
    topic,
    messageType,
    priority: given.priority === undefined ? DEFAULT_PRIORITY : priorityOf(given.priority),
    headers: ids.headers(id, headers.value),
    payload,
    metadata: metadata.value,
  };
  const message = request === undefined ? start : { ...start, ...factsOf(request, metadata.value) };
  return {
    message: Object.freeze(message),
    bytes: bytes + headers.bytes + metadata.bytes + topic.length + OWN_BYTES,
    expiresAtMs: expiryOf(metadata.value, wallTimeMs, now),
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

function headersOf(given: unknown): Weighed<MessageHeaders> {
  const { value, bytes } = copyJson(given, MAX_HEADERS_BYTES, "The headers");
  if (!isHeaders(value)) throw invalid(`Headers are at most ${MAX_HEADERS} texts by their names.`);
  return { value, bytes };
}

function isHeaders(value: unknown): value is MessageHeaders {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const texts: unknown[] = Object.values(value);
  return texts.length <= MAX_HEADERS && texts.every((text) => typeof text === "string");
}

function metadataOf(given: unknown): Weighed<MessageMetadata> {
  const { value, bytes } = copyJson(given, MAX_METADATA_BYTES, "The metadata");
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("The metadata is an object.");
  const { deliveryCount: _ownOfTheBus, ...metadata }: MessageMetadata = value;
  return { value: Object.freeze(metadata), bytes };
}

/** Returns what only a request has. */
function factsOf(request: NonNullable<MessageFacts["request"]>, metadata: MessageMetadata): Partial<Message> {
  const { correlationId, timeoutMs } = request;
  return { correlationId, metadata: Object.freeze({ ...metadata, timeout: timeoutMs }) };
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
