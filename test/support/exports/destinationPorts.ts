import type { DisposableStore } from "../../../src/base/disposables.ts";
import { Emitter } from "../../../src/base/events.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { createSend } from "../../../src/exports/http/createSend.ts";
import type { DestinationPorts } from "../../../src/exports/ports.ts";

export interface TestPorts extends DestinationPorts {
  /** What the destination has hidden. */
  readonly hidden: readonly string[];
  /** Changes its secret. */
  setSecret(secret: string | undefined): void;
}

/** Dependencies of a destination whose requests are real, and that has one secret. */
export function destinationPorts(
  store: DisposableStore,
  { secret, ...changes }: Partial<DestinationPorts> & { readonly secret?: string | undefined } = {},
): TestPorts {
  const { send } = store.add(createSend({ now: Date.now, userAgent: "kiro-bridge/test" }));
  const changed = store.add(new Emitter<string>());
  const hidden: string[] = [];
  let kept = secret;
  const name = changes.name ?? "mine";
  return {
    name,
    send,
    secrets: { read: (of) => Promise.resolve(of === name ? kept : undefined), onDidChange: changed.event },
    environment: {},
    logger: silentLogger,
    hide: (text) => void hidden.push(text),
    redact: (text) => hidden.reduce((rest, each) => rest.replaceAll(each, "(hidden)"), text),
    exportRun: () => Promise.reject(new Error("This test has no runs.")),
    answer: () => Promise.reject(new Error("This test has no questions.")),
    watchQuestion: () => undefined,
    metrics: () => [],
    windowId: "w1",
    version: "0.0.0",
    now: Date.now,
    ...changes,
    hidden,
    setSecret: (text) => {
      kept = text;
      changed.fire(name);
    },
  };
}
