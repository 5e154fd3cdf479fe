import { randomUUID } from "node:crypto";
import { silentLogger } from "../../../src/base/logger.ts";
import { NatsTransport, type NatsTransportOptions } from "../../../src/plugins/nats/natsTransport.ts";
import type { NatsCredentials } from "../../../src/plugins/nats/credentials.ts";
import type { NatsServer } from "./natsServer.ts";

const noTls = { caFile: "", certFile: "", keyFile: "" };

export interface TestTransportOptions extends Partial<NatsTransportOptions> {
  readonly credentials?: NatsCredentials;
}

/** A bus of its own on a server, as far as no other has its prefix. */
export const freshPrefix = (): string => `t${randomUUID().slice(0, 8)}`;

export function connectNats(server: NatsServer, options: TestTransportOptions = {}): Promise<NatsTransport> {
  const { credentials, ...others } = options;
  const stored = credentials === undefined ? undefined : JSON.stringify(credentials);
  const deps = { credentials: () => Promise.resolve(stored), logger: silentLogger };
  return NatsTransport.connect(deps, { servers: [server.address], prefix: freshPrefix(), tls: noTls, ...others });
}
