import { Emitter } from "../../../src/base/events.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { Send } from "../../../src/exports/http/request.ts";
import type { SigningPorts } from "../../../src/exports/signing/ports.ts";

/** Ports for the credentials of the destination `test`. */
export interface TestSigningPorts extends SigningPorts {
  /** What has been hidden, in order. */
  readonly hidden: string[];
  /** Changes the secret, of this destination or another one. */
  change(secret: string | undefined, name?: string): void;
}

export interface SigningPortsOptions {
  readonly secret?: string | undefined;
  readonly environment?: NodeJS.ProcessEnv;
  readonly send?: Send;
  readonly now?: () => number;
}

export function signingPorts(options: SigningPortsOptions = {}): TestSigningPorts {
  const changed = new Emitter<string>();
  const hidden: string[] = [];
  let { secret } = options;
  return {
    name: "test",
    send: options.send ?? (() => Promise.reject(new Error("sends nothing"))),
    secrets: {
      read: (name) => Promise.resolve(name === "test" ? secret : undefined),
      onDidChange: changed.event,
    },
    environment: options.environment ?? {},
    logger: silentLogger,
    hide: (text) => hidden.push(text),
    redact: (text) => hidden.reduce((rest, each) => rest.replaceAll(each, "(hidden)"), text),
    now: options.now ?? Date.now,
    hidden,
    change: (next, name = "test") => {
      secret = next;
      changed.fire(name);
    },
  };
}
