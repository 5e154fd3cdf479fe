import { isGateway } from "../../protocol/clients.ts";
import type { Requester } from "../../protocol/executions.ts";
import { type Caller, principalRef } from "./principal.ts";

const requesters = new WeakMap<Caller, Requester>();

/** Describes a caller in the records and events of its executions, which share one object. */
export function requesterOf(caller: Caller): Requester {
  const known = requesters.get(caller);
  if (known !== undefined) return known;
  const requester = describe(caller);
  requesters.set(caller, requester);
  return requester;
}

function describe({ principal, via, program: name }: Caller): Requester {
  const by = { principal: principalRef(principal) };
  if (via === "editor") return { origin: "editor", ...by };
  return {
    origin: "program",
    ...(name !== undefined && { name }),
    ...by,
    ...((isGateway(via) || via === "agent") && { via }),
  };
}
