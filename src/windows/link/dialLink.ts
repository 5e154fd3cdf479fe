import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ClientOptions, WebSocket } from "ws";
import { onAbort } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { WindowRecord } from "../../protocol/status.ts";
import { authorityOf } from "../../server/listen/portProbe.ts";
import type { Dialed } from "../address/addressPorts.ts";
import { Conversation, HungUp } from "./conversation.ts";
import {
  challengeSchema,
  HANDSHAKE_MS,
  isSameProof,
  LINK_PATH,
  newNonce,
  proofOf,
  refusalOf,
  type Transcript,
  welcomeSchema,
} from "./handshake.ts";
import type { StreamLink } from "./link.ts";
import type { LinkKey } from "./linkKey.ts";
import { LINK_VERSIONS } from "./messages.ts";
import { afterWaiting } from "./patience.ts";
import { whoResponds } from "./whoResponds.ts";
import { MAX_MESSAGE_BYTES, WebSocketLink } from "./webSocketLink.ts";

/** Delays in milliseconds before a program that hangs up is called again: a window that ends does so too. */
const AGAIN_MS = [30, 150];

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly key: Pick<LinkKey, "get">;
  readonly self: () => WindowRecord;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: 2 s. */
  readonly timeoutMs?: number;
  /** Cancels the call, which then counts as `silent`. */
  readonly signal?: AbortSignal;
}

type Called = Dialed<StreamLink> | { readonly kind: "hung-up" };

/** Calls the bridge at an address, and joins it. Resolves within the timeout; never rejects. */
export async function dialLink(options: DialOptions): Promise<Dialed<StreamLink>> {
  const { clock, timeoutMs = HANDSHAKE_MS, signal } = options;
  const giveUp = new AbortController();
  const deadline = afterWaiting(clock, timeoutMs, () => giveUp.abort());
  const aborting = signal === undefined ? undefined : onAbort(signal, () => giveUp.abort());
  try {
    for (const delayMs of [0, ...AGAIN_MS]) {
      await pause(clock, delayMs, giveUp.signal);
      const called = await call(options, giveUp.signal);
      if (called.kind !== "hung-up") return called;
    }
    return { kind: "stranger" };
  } finally {
    void deadline.dispose();
    void aborting?.dispose();
  }
}

/** Resolves early if the call is cancelled. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (delayMs === 0) return Promise.resolve();
  const timer = clock.after(delayMs, resolve);
  const aborting = onAbort(signal, () => resolve());
  return promise.finally(() => {
    void timer.dispose();
    void aborting.dispose();
  });
}

async function call(options: DialOptions, signal: AbortSignal): Promise<Called> {
  if (signal.aborted) return { kind: "silent" };
  // Read meanwhile: whether something listens matters also without a key.
  const reading = options.key.get();
  reading.catch(() => undefined);
  const { promise, resolve } = Promise.withResolvers<Called>();
  const webSocket = new WebSocket(`ws://${authorityOf(options.host, options.port)}${LINK_PATH}`, socketOptions);
  let stream: Duplex | undefined;
  webSocket.once("upgrade", ({ socket }) => {
    stream = socket;
  });
  webSocket.once("open", () => {
    if (stream !== undefined) resolve(join(options, new Conversation(webSocket, stream), reading));
  });
  webSocket.once("unexpected-response", (_request, response: IncomingMessage) => resolve(whoResponds(response)));
  webSocket.on("error", (error) => resolve(failureOf(error)));
  const cancelled = Promise.withResolvers<Called>();
  const aborting = onAbort(signal, () => cancelled.resolve({ kind: "silent" }));
  const called = await Promise.race([promise, cancelled.promise]);
  void aborting.dispose();
  if (called.kind !== "joined") webSocket.terminate();
  return called;
}

const socketOptions: ClientOptions = {
  perMessageDeflate: false,
  followRedirects: false,
  maxPayload: MAX_MESSAGE_BYTES,
  autoPong: false,
  // Leaves the masking key at 0: there is no proxy between two processes of one machine, for which data is masked.
  generateMask: () => undefined,
};

/** Returns the result for a connection that failed before the handshake. */
function failureOf(error: Error): Called {
  switch (codeOf(error)) {
    case "ECONNREFUSED":
    case "EADDRNOTAVAIL":
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return { kind: "refused" };
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
      return { kind: "hung-up" };
    case "ETIMEDOUT":
      return { kind: "silent" };
    default:
      // Not HTTP, or not a WebSocket.
      return { kind: "stranger" };
  }
}

async function join(options: DialOptions, conversation: Conversation, reading: Promise<Buffer>): Promise<Called> {
  const { self, clock, logger } = options;
  let isProved = false;
  try {
    const key = await reading.catch((error: unknown) => messageOf(error));
    if (typeof key === "string") return { kind: "incompatible", detail: key };
    const record = self();
    const member = { versions: LINK_VERSIONS, windowId: record.id, nonce: newNonce() };
    conversation.send({ type: "hello", ...member });
    const { type: _, proof, ...owner } = challengeSchema.parse(await conversation.receive());
    const address = authorityOf(options.host, options.port).toLowerCase();
    const transcript: Transcript = { member, owner, address };
    if (!isSameProof(proof, proofOf(key, "owner", transcript))) return { kind: "stranger" };
    isProved = true;
    conversation.send({ type: "answer", proof: proofOf(key, "member", transcript), window: record });
    const { version, window } = welcomeSchema.parse(await conversation.receive());
    if (window.id !== owner.windowId) return { kind: "stranger" };
    const { webSocket, stream } = conversation;
    const received = conversation.release();
    const parts = { webSocket, stream, received, clock, logger };
    return { kind: "joined", link: new WebSocketLink({ ...parts, peer: window, version, isOwner: false }) };
  } catch (error) {
    if (error instanceof HungUp) return refusedBy(error, isProved);
    return isProved
      ? { kind: "incompatible", detail: "The other window has sent an unknown message." }
      : { kind: "stranger" };
  }
}

/** @param isProved true if the other end has proved that it is a window of this user */
function refusedBy({ code, reason }: HungUp, isProved: boolean): Called {
  const refusal = refusalOf(code);
  if (refusal === "no-key") return { kind: "incompatible", detail: reason };
  if (!isProved) return refusal === undefined ? { kind: "hung-up" } : { kind: "stranger" };
  switch (refusal) {
    case "incompatible":
    case "protocol":
    case "too-many":
      return { kind: "incompatible", detail: reason };
    case "bad-proof":
      return { kind: "stranger" };
    // Also for a window that stops, and for one that has not noticed yet that the last link of this window has ended.
    default:
      return { kind: "not-owner" };
  }
}
