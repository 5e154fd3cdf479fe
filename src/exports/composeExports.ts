import { Emitter } from "../base/events.ts";
import { BridgeError } from "../protocol/errors.ts";
import { quote } from "../protocol/validate.ts";
import { checkDestinations } from "./checkDestinations.ts";
import { destinationKinds } from "./destinationKinds.ts";
import type { Exports, OpenExports } from "./door/exports.ts";

/** Opens the destinations of the setting. */
export const openExports: OpenExports = ({ logger }, elements) => {
  const changed = new Emitter<void>();
  let problems: readonly string[] = [];
  const apply = (wanted: readonly unknown[]): void => {
    ({ problems } = checkDestinations(wanted, destinationKinds));
    for (const problem of problems) logger.warn("A destination of exports is not used", { problem });
    changed.fire();
  };
  const unknown = (name: string): Promise<never> =>
    Promise.reject(new BridgeError("NOT_FOUND", `There is no destination ${quote(name)}.`));
  const exports: Exports = {
    list: () => ({ destinations: [], problems }),
    onDidChange: changed.event,
    test: unknown,
    deadLetters: unknown,
    replay: unknown,
    removeDeadLetters: unknown,
    apply,
    dispose: () => changed.dispose(),
  };
  apply(elements);
  return Promise.resolve(exports);
};
