import { createHash } from "node:crypto";
import type { DurableConsumer } from "../../bus/transport.ts";
import type { Nats } from "../link.ts";
import type { Subjects } from "../subjects.ts";
import { apiCodeOf, type Session } from "./session.ts";

/** A bridge that says nothing for this long has lost the message, which is delivered again. */
export const ACK_WAIT_MS = 5000;
/** A consumer that no bridge has asked for this long is removed, with what was kept for it. */
const UNUSED_MS = 90 * 24 * 60 * 60 * 1000;
const DIGEST_LENGTH = 16;
const CONSUMER_NOT_FOUND = 10_014;

/** Returns the name of a consumer on the server. */
export function consumerIdOf({ name, pattern }: Pick<DurableConsumer, "name" | "pattern">): string {
  const digest = createHash("sha256").update(pattern).digest("base64url").slice(0, DIGEST_LENGTH);
  return `${name}_${digest}`;
}

/** Creates the consumer if there is none. It gets what is published from now on. */
export async function ensureConsumer(
  { nats, subjects }: { readonly nats: Nats; readonly subjects: Subjects },
  { manager, stream }: Session,
  consumer: DurableConsumer,
): Promise<void> {
  const id = consumerIdOf(consumer);
  try {
    await manager.consumers.info(stream, id);
  } catch (error) {
    if (apiCodeOf(error) !== CONSUMER_NOT_FOUND) throw error;
    await manager.consumers.add(stream, {
      durable_name: id,
      filter_subject: subjects.ofDurablePattern(consumer.pattern),
      ack_policy: nats.AckPolicy.Explicit,
      deliver_policy: nats.DeliverPolicy.New,
      // One at a time: a message that is delivered again is not overtaken.
      max_ack_pending: 1,
      ack_wait: nats.nanos(ACK_WAIT_MS),
      // The bridge counts, since it keeps the dead letters.
      max_deliver: -1,
      inactive_threshold: nats.nanos(UNUSED_MS),
    });
  }
}
