import { isAbsolute } from "node:path";
import * as z from "zod";
import { settingsSlice } from "../../core/settingsSlice.ts";
import type { NatsTransportOptions } from "./natsTransport.ts";

const MAX_SERVERS = 16;
/** Without a user or password, which belong in the secret storage. */
const SERVER = /^(?:nats|tls):\/\/(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?$/;
const PREFIX = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

const file = z
  .string()
  .refine((path) => path === "" || isAbsolute(path), "Enter an absolute path.")
  .default("");

/** The settings of the bus. Without a server, the bus is in the window that owns the address. */
export const busSlice = settingsSlice({
  shape: {
    "bus.servers": z
      .array(z.string().regex(SERVER, "Enter addresses such as nats://host:4222 or tls://host:4222."))
      .max(MAX_SERVERS)
      .default([]),
    "bus.prefix": z.string().regex(PREFIX, "Enter up to 32 letters, digits, '-' and '_'.").default("kiro-bridge"),
    "bus.tls.caFile": file,
    "bus.tls.certFile": file,
    "bus.tls.keyFile": file,
  },
});

type BusSettings = { readonly [K in keyof typeof busSlice.shape]: z.infer<(typeof busSlice.shape)[K]> };

/** Returns undefined without a server. */
export function natsOptionsOf(settings: BusSettings): NatsTransportOptions | undefined {
  const servers = settings["bus.servers"];
  if (servers.length === 0) return undefined;
  const tls = {
    caFile: settings["bus.tls.caFile"],
    certFile: settings["bus.tls.certFile"],
    keyFile: settings["bus.tls.keyFile"],
  };
  return { servers, prefix: settings["bus.prefix"], tls };
}
