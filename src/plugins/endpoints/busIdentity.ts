import type { Principal } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";
import { isParticipantName, isPluginName } from "../bus/names.ts";
import type { BusIdentity } from "../bus/participant.ts";
import { coversPattern, matchesTopic, patternOf, segmentsOfTopic } from "../bus/topics.ts";

type Right = "publish" | "subscribe";
type Patterns = readonly (readonly string[])[];

const everything: Patterns = [["**"]];

/** Of other plugins, a plugin gets answers here; to publish anything else there would be to speak for them. */
const requestsOnly: Patterns = [
  ["plugin", "*", "rpc"],
  ["plugin", "*", "request"],
  ["plugin", "*", "health"],
  ["plugins", "list"],
];

export interface IdentityOptions {
  /** The name that the program asks for. */
  readonly name?: string | undefined;
  /** True for the editor of another window, which speaks for the plugins there. */
  readonly isWindow?: boolean;
}

/**
 * Returns the part that a principal may have in the bus: its scopes decide on the topics. A plugin has its own name, and
 * sends only requests to other plugins; the owner may have any name that is free; others have the one whose topics they may
 * publish, or that of the client.
 * @throws BridgeError ACCESS_DENIED or VALIDATION_FAILED for a name that it cannot have
 */
export function busIdentityOf(principal: Principal, { name, isWindow = false }: IdentityOptions = {}): BusIdentity {
  const publish = patternsOf(principal, "publish");
  const subscribe = patternsOf(principal, "subscribe");
  const own = principal.kind === "plugin" ? topicsOf(principal.name) : undefined;
  return {
    name: isWindow && name !== undefined && isParticipantName(name) ? name : nameOf(principal, name, publish),
    principalId: principal.id,
    mayPublish: (topic, messageType) => {
      const segments = segmentsOfTopic(topic);
      if (own !== undefined && messageType !== "request" && !matchesTopic(own, segments))
        if (requestsOnly.some((pattern) => matchesTopic(pattern, segments))) return false;
      return principal.isActive && publish.some((pattern) => matchesTopic(pattern, segments));
    },
    maySubscribe: (pattern) => {
      const segments = segmentsOfTopic(pattern);
      return principal.isActive && subscribe.some((granted) => coversPattern(granted, segments));
    },
  };
}

function nameOf(principal: Principal, wanted: string | undefined, publish: Patterns): string {
  if (principal.kind === "plugin") {
    if (wanted === undefined || wanted === principal.name) return principal.name;
    throw notAllowed(wanted);
  }
  if (wanted === undefined) return `client-${principal.id.replaceAll(/[^\w-]/g, "-")}`.slice(0, 128);
  if (!isPluginName(wanted)) {
    const message = `${quote(wanted)} is no name of a plugin: it has lower-case letters, digits and '-', and is not reserved.`;
    throw new BridgeError("VALIDATION_FAILED", message, { field: "name", rule: "format" });
  }
  const isAllowed = principal.kind === "owner" || publish.some((granted) => coversPattern(granted, topicsOf(wanted)));
  if (!isAllowed) throw notAllowed(wanted);
  return wanted;
}

/** Returns the pattern of all topics of a plugin. */
function topicsOf(name: string): readonly string[] {
  return ["plugin", name, "**"];
}

function patternsOf({ scopes }: Principal, right: Right): Patterns {
  const all = `bus:${right}`;
  if (scopes.granted.some((scope) => scope === all)) return everything;
  return scopes.granted
    .filter((scope) => scope.startsWith(`${all}:`))
    .flatMap((scope) => {
      try {
        return [patternOf(scope.slice(all.length + 1)).segments];
      } catch {
        // A scope that was granted without a look at its pattern, and matches no topic.
        return [];
      }
    });
}

function notAllowed(name: string): BridgeError {
  const scope = `bus:publish:plugin/${name}/**`;
  const message = `This access does not include the name ${name} in the bus, for which it needs the scope ${scope}.`;
  return new BridgeError("ACCESS_DENIED", message, { rule: "scope", scope });
}
