import type { Logger } from "../../../base/logger.ts";
import type { Dispatcher } from "../../../core/commands/dispatcher.ts";
import { messageOf } from "../../../protocol/errors.ts";

/** Cancels an execution whose client has gone. */
export function withdraw(
  { dispatcher, logger }: { readonly dispatcher: Pick<Dispatcher, "withdraw">; readonly logger: Logger },
  executionId: string,
): void {
  dispatcher.withdraw(executionId).catch((error: unknown) => {
    logger.warn("A prompt could not be cancelled", { executionId, error: messageOf(error) });
  });
}
