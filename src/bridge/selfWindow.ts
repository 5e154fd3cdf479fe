import { type Disposable, toDisposable } from "../base/disposables.ts";
import { type Event, noEvent } from "../base/events.ts";
import type { WindowPort } from "../core/ports.ts";
import { recordOf } from "../history/executionRecord.ts";
import type { SelfWindow } from "../windows/group/groupPorts.ts";
import type { Core } from "./composeCore.ts";

/** A window that tells when its folders or its focus have changed. */
export type ChangingWindow = WindowPort & { readonly onDidChange?: Event<void> };

/** More than any editor has. */
const ALL_COMMANDS = 100_000;

/** Returns this window as the others at the address see it. */
export function selfWindowOf(core: Core, window: ChangingWindow): SelfWindow {
  const { access, status, executions, outputs, catalog, agent, workbench, dispatcher, events } = core;
  return {
    describe: () => window.describe(),
    status: () => status.brief(),
    commands: () => catalog.search(undefined, ALL_COMMANDS).commands,
    active: () => {
      outputs.flush();
      return [...executions.active].map((execution) => recordOf(execution));
    },
    accessRequests: () => access.pairings.pending.length,
    events,
    onDidChangeWindow: window.onDidChange ?? noEvent,
    onDidChangeStatus: anyOf(
      status.onDidChange,
      executions.onDidChange,
      agent.onDidChangeStatus,
      workbench.onDidChange,
      access.pairings.onDidChange,
    ),
    onDidChangeCommands: catalog.onDidChange,
    onDidUseKey: dispatcher.onDidUseKey,
  };
}

/** Joins events whose values do not matter. */
function anyOf(...events: readonly ((listener: () => void) => Disposable)[]): Event<void> {
  return (listener) => {
    const listening = events.map((event) => event(() => listener()));
    return toDisposable(() => {
      for (const one of listening) void one.dispose();
    });
  };
}
