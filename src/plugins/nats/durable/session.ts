import type { JetStreamClient, JetStreamManager, StreamConfig } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";
import { BridgeError, messageOf } from "../../../protocol/errors.ts";
import type { Nats } from "../link.ts";
import type { Subjects } from "../subjects.ts";

/** A message id is accepted once within this time. */
const DUPLICATES_MS = 120_000;
const MAX_DEAD_LETTERS = 1000;
const API_MS = 5000;
const FIRST_API_CODE = 10_000;
const STREAM_NOT_FOUND = 10_059;

/** The JetStream half of one connection. */
export interface Session {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  readonly stream: string;
  readonly deadStream: string;
  /** The patterns of durable topics, as its keys. */
  readonly topics: KV;
}

/** Opens the streams of a bus, which are created if there are none. An administrator may have changed them. */
export async function openSession(
  { nats, subjects }: { readonly nats: Nats; readonly subjects: Subjects },
  connection: NatsConnection,
  prefix: string,
): Promise<Session> {
  const manager = await nats.jetstreamManager(connection, { timeout: API_MS });
  const stream = `${prefix}_durable`;
  const deadStream = `${prefix}_dead`;
  await ensureStream(manager, {
    name: stream,
    subjects: [subjects.allDurable],
    // The bridges remove what all consumers have acknowledged (`Trimming`).
    retention: nats.RetentionPolicy.Limits,
    discard: nats.DiscardPolicy.New,
    duplicate_window: nats.nanos(DUPLICATES_MS),
  });
  await ensureStream(manager, {
    name: deadStream,
    subjects: [subjects.allDeadLetters],
    discard: nats.DiscardPolicy.Old,
    max_msgs: MAX_DEAD_LETTERS,
  });
  const client = nats.jetstream(connection, { timeout: API_MS });
  const topics = await new nats.Kvm(client).create(`${prefix}_topics`, { history: 1 });
  return { connection, manager, client, stream, deadStream, topics };
}

async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    await manager.streams.info(config.name);
  } catch (error) {
    if (apiCodeOf(error) !== STREAM_NOT_FOUND) throw error;
    await manager.streams.add(config);
  }
}

/** Codes of JetStream for a store without room: of the server, the account or the stream. */
const full: ReadonlySet<unknown> = new Set([10_023, 10_028, 10_047, 10_077, 10_110]);

/** Converts an error of JetStream. */
export function storeError(error: unknown): BridgeError {
  const code = apiCodeOf(error);
  if (full.has(code)) {
    const text = `The NATS server has no more room for durable messages: ${messageOf(error)}.`;
    return new BridgeError("RATE_LIMIT_EXCEEDED", text, { reason: "store-full" });
  }
  return new BridgeError("KIRO_UNAVAILABLE", `The NATS server did not store it: ${messageOf(error)}.`, {
    reason: "nats",
  });
}

/** Returns true for the error of a server, or of an account, without JetStream. */
export function isWithoutJetStream(error: unknown): boolean {
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}

/** Returns the code of an error that JetStream's API has sent. */
export function apiCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  // The classes of the client are in a bundle that is loaded late; no other error has such a code.
  if ("code" in error && typeof error.code === "number" && error.code >= FIRST_API_CODE) return error.code;
  return apiCodeOf(error.cause);
}
