import type { Disposable } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { DurableTopics } from "../../bus/transport.ts";
import { subscriptionsOf, topicsOf } from "../../manifest/declarations.ts";
import { isApproved, type PluginDirectory } from "../pluginDirectory.ts";

/** The deliveries of a message before it is a dead letter, and the delays between them, unless the manifest says them. */
const MAX_DELIVER = 5;
const BACKOFF_MS: readonly number[] = [100, 1000, 5000, 30_000];

/**
 * Makes durable what the manifests of approved plugins say, so that messages are kept for a plugin also before it has
 * subscribed for the first time.
 */
export function declareDurable({
  directory,
  durable,
  logger,
}: {
  directory: PluginDirectory;
  durable: Pick<DurableTopics, "declareTopics" | "declareConsumer">;
  logger: Logger;
}): Disposable {
  const declared = new Set<string>();
  const once = (key: string, declare: () => Promise<void>): void => {
    if (declared.has(key)) return;
    declared.add(key);
    declare().catch((error: unknown) => {
      declared.delete(key);
      logger.warn("A durable topic of a plugin could not be declared", { topic: key, error: messageOf(error) });
    });
  };
  const look = (): void => {
    for (const record of directory.plugins()) {
      const { name, manifest } = record;
      if (manifest === undefined || !isApproved(record)) continue;
      for (const { topic, durable: isDurable } of topicsOf(manifest))
        if (isDurable) once(topic, () => durable.declareTopics(topic));
      for (const { topic: pattern, durable: isDurable, maxDeliver, backoffMs } of subscriptionsOf(manifest)) {
        if (!isDurable) continue;
        const consumer = { name, pattern, maxDeliver: maxDeliver ?? MAX_DELIVER, backoffMs: backoffMs ?? BACKOFF_MS };
        once(`${name} ${pattern}`, () => durable.declareConsumer(consumer));
      }
    }
  };
  look();
  return directory.onDidChange(look);
}
