import type { Event } from "../../base/events.ts";

/** Secrets by name, which the user stores and removes. */
export interface NamedSecrets {
  read(name: string): Promise<string | undefined>;
  /** Fires with the name of a secret that has changed, in any window. */
  readonly onDidChange: Event<string>;
  /** Replaces a secret. */
  store(name: string, secret: string): Promise<void>;
  /** Does nothing if there is none. */
  remove(name: string): Promise<void>;
}
