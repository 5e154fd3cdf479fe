import { BridgeError } from "../../protocol/errors.ts";
import type { GrantedScope, ScopeName } from "../../protocol/access.ts";

const OWN = ":own";
/** Running something includes following and cancelling it. */
const ofRunners: readonly ScopeName[] = ["events:read:own", "history:read:own", "executions:cancel:own"];

/** The scopes of one principal. */
export class ScopeSet {
  readonly granted: readonly GrantedScope[];
  readonly #held: ReadonlySet<string>;

  constructor(granted: readonly GrantedScope[]) {
    this.granted = granted;
    const runs = granted.includes("commands:run") || granted.includes("agents:prompt");
    this.#held = new Set([...granted, ...(runs ? ofRunners : [])]);
  }

  /**
   * A scope for all executions includes the one for the principal's own. A scope of the bus is there if it is for some
   * topics; the bus checks each topic.
   */
  has(scope: ScopeName): boolean {
    return (
      this.#held.has(scope) ||
      (scope.endsWith(OWN) && this.#held.has(scope.slice(0, -OWN.length))) ||
      this.#hasTopics(scope)
    );
  }

  /** @throws BridgeError ACCESS_DENIED with `{scope}`, the one that is missing */
  assert(scope: ScopeName): void {
    if (!this.has(scope)) throw missingScope(scope);
  }

  /** @throws BridgeError ACCESS_DENIED with `{scope}`, the first one, if all are missing */
  assertAny(scopes: readonly ScopeName[]): void {
    const [first] = scopes;
    if (first !== undefined && !scopes.some((scope) => this.has(scope))) throw missingScope(first);
  }

  /** Returns the scopes of `wanted` that this set does not include. */
  lacking(wanted: readonly GrantedScope[]): GrantedScope[] {
    return wanted.filter((scope) => !this.#includes(scope));
  }

  #hasTopics(scope: ScopeName): boolean {
    return scope.startsWith("bus:") && this.granted.some((granted) => granted.startsWith(`${scope}:`));
  }

  #includes(scope: GrantedScope): boolean {
    if (this.#held.has(scope)) return true;
    const wider = scope.endsWith(OWN) ? scope.slice(0, -OWN.length) : /^bus:[a-z]+/.exec(scope)?.[0];
    return wider !== undefined && this.#held.has(wider);
  }
}

/** The access of a principal was revoked or has expired. */
export function accessEnded(): BridgeError {
  return new BridgeError(
    "AUTHENTICATION_FAILED",
    "This access was revoked or has expired. Ask for a new one: POST /api/kiro/pair.",
  );
}

function missingScope(scope: ScopeName): BridgeError {
  return new BridgeError("ACCESS_DENIED", `This access does not include the scope ${scope}.`, { rule: "scope", scope });
}
