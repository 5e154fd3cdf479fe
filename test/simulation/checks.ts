import { finalStatusOf, isEnd } from "../../src/protocol/events.ts";
import type { SimDesktop } from "./simDesktop.ts";
import { PORT, type SimWindow } from "./simWindow.ts";

/** Checks that no two windows are certain at the same time that they own the address. */
export function checkOwners({ windows, world }: SimDesktop): void {
  let owner: SimWindow | undefined;
  for (const window of windows) {
    if (!window.address.isServing) continue;
    if (owner !== undefined) world.fail(`Both ${owner.record.id} and ${window.record.id} answer for the address.`);
    owner = window;
  }
}

/** Follows the log of a window: the events of each window are in order and complete, and tell one outcome. */
export function watchLog(window: SimWindow, { outcomes, world }: SimDesktop): void {
  const { log, record } = window;
  const last = new Map<string, number>();
  const ended = new Set<string>();
  log.onDidAppend((event) => {
    const { windowId, windowEventId } = event;
    if (event.type === "events-lost" && event.lostWindowId !== undefined) {
      const { lostWindowId, lostFrom = 0, lostTo = 0 } = event;
      if (lostFrom !== (last.get(lostWindowId) ?? 0) + 1)
        world.fail(`The log of ${record.id} skips events: ${JSON.stringify(event)}`);
      last.set(lostWindowId, lostTo);
      return;
    }
    const expected = (last.get(windowId) ?? 0) + 1;
    if (windowEventId !== expected) {
      world.fail(`In the log of ${record.id}, event ${windowEventId} of ${windowId} is in the place of ${expected}.`);
    }
    last.set(windowId, expected);
    if (!isEnd(event)) return;
    if (ended.has(event.executionId)) world.fail(`${event.executionId} ends twice in the log of ${record.id}.`);
    ended.add(event.executionId);
    // The log of a member is not shown to clients, and nobody sees what it has not sent before its process dies.
    if (window.address.role.kind === "owner")
      outcomes.see(event.executionId, finalStatusOf(event), record.id, "the events");
  });
}

/** Returns what is not yet as it must be some time after the last disturbance; undefined if everything is. */
export function unsettled(desktop: SimDesktop): string | undefined {
  const { windows, machine } = desktop;
  const owners = [...windows].filter(({ address }) => address.isServing);
  const [owner] = owners;
  if (owner === undefined) return "no window has the address";
  const { role } = owner.address;
  if (role.kind !== "owner") return `${owner.record.id} is ${role.kind}`;
  if (machine.network.holderOf(role.port) !== owner) return `the owner does not listen on ${role.port}`;
  const wanted = machine.network.holderOf(PORT);
  if (role.port !== PORT && wanted !== "stranger" && role.conflict?.canReclaim !== true) {
    return `the address is at ${role.port}, although ${PORT} is free`;
  }
  for (const window of windows) {
    const problem = window === owner ? undefined : (linkProblem(window, owner) ?? mirrorProblem(window, owner));
    if (problem !== undefined) return problem;
  }
  return listProblem(desktop, owner);
}

function linkProblem({ record, address }: SimWindow, owner: SimWindow): string | undefined {
  const { role } = address;
  if (role.kind !== "member") return `${record.id} is ${role.kind}`;
  return role.link.peer.id === owner.record.id ? undefined : `${record.id} is a member of ${role.link.peer.id}`;
}

/** Compares what is running in a window with what the owner says, and its events with those in the owner's log. */
function mirrorProblem(window: SimWindow, owner: SimWindow): string | undefined {
  const { record, executions, log } = window;
  const other = owner.group.others.find(({ record: { id } }) => id === record.id);
  if (other?.isResponding !== true) return `${record.id} does not respond for the owner`;
  const reality = [...executions.active].map(({ id, status }) => `${id} ${status}`).toSorted();
  const mirror = other
    .active()
    .map(({ id, status }) => `${id} ${status}`)
    .toSorted();
  if (reality.join() !== mirror.join()) return `${record.id} runs ${reality.join()}, for the owner ${mirror.join()}`;
  const known = owner.log.lastImportedOf(record.id);
  return known === log.own.lastId ? undefined : `the owner has ${known} of ${log.own.lastId} events of ${record.id}`;
}

function listProblem({ windows }: SimDesktop, owner: SimWindow): string | undefined {
  const expected = [...windows]
    .map(({ record: { id } }) => `${id}${id === owner.record.id ? " owner" : ""}`)
    .toSorted();
  for (const { group, record } of windows) {
    const listed = group
      .list()
      .map(
        ({ id, owner: isOwner, state }) =>
          `${id}${isOwner ? " owner" : ""}${state === "not-responding" ? " not responding" : ""}`,
      );
    if (listed.toSorted().join() !== expected.join())
      return `${record.id} lists ${listed.join()}, not ${expected.join()}`;
  }
  return undefined;
}
