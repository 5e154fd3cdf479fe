import { isIncluded } from "../../core/commands/commandCatalog.ts";
import { maySeeRun, type Principal } from "../../core/access/principal.ts";
import type { BridgeStatus, WindowListing } from "../../protocol/status.ts";
import type { OtherWindow, Windows } from "./windows.ts";

/** Joins the status of this window with what is known about the others, as a principal may see it. From memory. */
export function statusOfAll(own: BridgeStatus, windows: Windows, principal: Principal): BridgeStatus {
  const listed = listingsFor(windows, principal);
  if (listed.length === 0) return own;
  const { others } = windows;
  const statuses = others.flatMap((window) => window.status() ?? []);
  const currentCommand = own.currentCommand ?? currentCommandOf(others, principal);
  const focused = others.find(({ record }) =>
    listed.some(({ id, focused: isFocused }) => isFocused && id === record.id),
  );
  const status = joined([own.status, ...statuses.map((other) => other.status)]);
  const { reason, ...rest } = own;
  return {
    ...rest,
    status,
    ...(status === "unavailable" && reason !== undefined && { reason }),
    ...(currentCommand !== undefined && { currentCommand }),
    availableCommands: others.length === 0 ? own.availableCommands : commandsOf(own, others, principal),
    cli: focused?.status()?.cli ?? own.cli,
    queue: {
      running: sum([own, ...statuses].map(({ queue }) => queue.running)),
      queued: sum([own, ...statuses].map(({ queue }) => queue.queued)),
    },
    windows: [...listed],
  };
}

/** Returns the windows without the commands that do not exist for a principal. */
export function listingsFor(windows: Windows, principal: Principal): readonly WindowListing[] {
  const listed = windows.list();
  if (principal.commands === undefined) return listed;
  return listed.map(({ ownCommands, ...window }) => ({
    ...window,
    ...(ownCommands !== undefined && { ownCommands: ownCommands.filter((id) => isIncluded(id, principal)) }),
  }));
}

function joined(statuses: readonly BridgeStatus["status"][]): BridgeStatus["status"] {
  if (statuses.includes("busy")) return "busy";
  return statuses.includes("ready") ? "ready" : "unavailable";
}

/** Returns the oldest running command of other windows that the principal may see. */
function currentCommandOf(others: readonly OtherWindow[], principal: Principal): string | undefined {
  const running = others
    .flatMap((window) => window.active())
    .filter(({ status, requestedBy }) => status !== "queued" && maySeeRun(principal, requestedBy?.principal?.id));
  return running.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1))[0]?.command;
}

function commandsOf(own: BridgeStatus, others: readonly OtherWindow[], principal: Principal): string[] {
  const ids = new Set(own.availableCommands);
  for (const window of others)
    for (const { id, allowed } of window.commands()) if (allowed && isIncluded(id, principal)) ids.add(id);
  return [...ids].toSorted();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
