import { randomUUID } from "node:crypto";
import { Emitter } from "../../../src/base/events.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { NatsTransport, type NatsTransportOptions } from "../../../src/plugins/nats/natsTransport.ts";
import type { NatsCredentials, NatsCredentialsPort } from "../../../src/plugins/nats/credentials.ts";
import type { NatsServer } from "./natsServer.ts";

const noTls = { caFile: "", certFile: "", keyFile: "" };

export interface TestTransportOptions extends Partial<NatsTransportOptions> {
  readonly credentials?: NatsCredentialsPort;
}

/** Credentials that a test changes, as the user does. */
export class TestCredentials implements NatsCredentialsPort {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #current: NatsCredentials | undefined;
  #held: Promise<void> = Promise.resolve();

  constructor(current?: NatsCredentials) {
    this.#current = current;
  }

  async read(): Promise<string | undefined> {
    await this.#held;
    return this.#current === undefined ? undefined : JSON.stringify(this.#current);
  }

  /** Has connections wait, until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  change(current: NatsCredentials): void {
    this.#current = current;
    this.#changed.fire();
  }
}

/** A bus of its own on a server, as far as no other has its prefix. */
export const freshPrefix = (): string => `t${randomUUID().slice(0, 8)}`;

export function connectNats(server: NatsServer, options: TestTransportOptions = {}): Promise<NatsTransport> {
  const { credentials = new TestCredentials(), ...others } = options;
  const deps = { credentials, logger: silentLogger };
  return NatsTransport.connect(deps, { servers: [server.address], prefix: freshPrefix(), tls: noTls, ...others });
}
