import type { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { AuditSink } from "../core/access/audit.ts";
import type { AccessStorage } from "./accessFile.ts";
import { AccessStore } from "./accessStore.ts";
import { Pairings } from "./pairings.ts";

export interface AccessDeps {
  readonly storage: AccessStorage;
  readonly audit: AuditSink;
  readonly logger: Logger;
}

/** The programs that were let in, and those that ask for it. */
export interface Access {
  readonly store: AccessStore;
  readonly pairings: Pairings;
}

/** Creates both. Disposables are registered with `disposables`. */
export function createAccess(deps: AccessDeps, disposables: DisposableStore): Access {
  const store = disposables.add(new AccessStore(deps));
  const pairings = disposables.add(new Pairings({ store, audit: deps.audit }));
  return { store, pairings };
}
