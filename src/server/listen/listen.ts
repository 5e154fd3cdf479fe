import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { type HttpHandlers, HttpListener, type ListenerLimits } from "./httpListener.ts";
import { isAnswering } from "./portProbe.ts";

/** Maximum number of ports to try after the preferred one. */
const MAX_PORT_STEPS = 100;
const MAX_PORT = 65_535;
/** Attempts to find a port that is free on both loopback addresses, if any port will do. */
const ANY_PORT_TRIES = 10;
/** Host names that select both loopback addresses. */
const loopbackHosts: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);
/** Error codes of an unavailable port. EACCES: Windows has reserved the range, or the port is below 1024. */
const takenCodes: ReadonlySet<string> = new Set(["EADDRINUSE", "EACCES"]);
const noIPv6Codes: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL", "EPROTONOSUPPORT"]);

export interface PortOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** A loopback name for both loopback addresses, or a single interface chosen by the user. */
  readonly host: string;
  /** Behavior if the port is taken. */
  readonly portConflict: "next" | "fail";
  /** Describes in one sentence which program uses a port. */
  readonly describeOwner: (port: number) => Promise<string>;
}

export interface ListenOptions extends PortOptions, ListenerLimits {}

export interface Listening {
  readonly port: number;
  readonly host: string;
  /** All addresses that accept connections. */
  readonly addresses: readonly string[];
  /** Set if the preferred port was taken, with a sentence that names its owner. */
  readonly conflict?: { readonly port: number; readonly owner: string };
  /** Announces the shutdown in the last response on each connection. */
  announceStop(): void;
  /** Stops accepting. Open connections stay until their clients close them, or until `close`. */
  retire(): Promise<void>;
  /** Stops accepting, gives running requests 2 s, then destroys the remaining connections. */
  close(): Promise<void>;
}

/** Listeners on one port. */
export type Bound = Omit<Listening, "conflict" | "host">;

/** Binds a port. @returns undefined if it is taken @throws BridgeError CONFIGURATION_ERROR for any other reason */
export type Bind = (port: number) => Promise<Bound | undefined>;

/**
 * Listens on the preferred port, or on the next free one. A port counts as taken if it is in use on either loopback
 * address. Its owner is reported and not disturbed.
 * @throws BridgeError CONFIGURATION_ERROR if no port is available, naming the owner of the preferred one
 */
export async function listen(bindTo: Bind, options: PortOptions): Promise<Listening> {
  const host = hostOf(options);
  const wanted = await bindTo(options.port);
  if (wanted !== undefined) return { ...wanted, host };
  const owner = await options.describeOwner(options.port);
  const conflict = { port: options.port, owner };
  for (const port of options.portConflict === "next" ? portsAfter(options.port) : []) {
    const bound = await bindTo(port);
    if (bound !== undefined) return { ...bound, host, conflict };
  }
  throw noPort(options, owner);
}

/** Returns the host in the URL of the server. */
export function hostOf({ host }: Pick<ListenOptions, "host">): string {
  return loopbackHosts.has(host) ? "127.0.0.1" : host;
}

/** Returns the addresses to listen on. */
export function addressesOf(host: string): readonly string[] {
  return loopbackHosts.has(host) ? ["127.0.0.1", "::1"] : [host];
}

function portsAfter(port: number): number[] {
  if (port === 0) return Array.from({ length: ANY_PORT_TRIES }, () => 0);
  return Array.from({ length: MAX_PORT_STEPS }, (_, step) => port + step + 1).filter((next) => next <= MAX_PORT);
}

function noPort({ port, portConflict }: PortOptions, owner: string): BridgeError {
  const advice =
    portConflict === "fail"
      ? "Free the port, choose another kiroBridge.api.port, or set kiroBridge.api.portConflict to 'next'."
      : `The next ${MAX_PORT_STEPS} ports cannot be used either. Choose another kiroBridge.api.port.`;
  return new BridgeError("CONFIGURATION_ERROR", `${owner} ${advice}`, { port, reason: "port_taken" });
}

/**
 * Listens on all addresses of a host with the same port, or on none of them.
 * @returns undefined if the port is taken on one of them
 * @throws BridgeError CONFIGURATION_ERROR for any other reason
 */
export async function bind(
  handlers: HttpHandlers,
  { host, ...limits }: Pick<ListenOptions, "host"> & ListenerLimits,
  port: number,
): Promise<Bound | undefined> {
  const addresses = addressesOf(host);
  // On macOS and Windows, binding 127.0.0.1 succeeds although another program listens on all interfaces, and would take
  // over its clients.
  if (port !== 0 && (await anyAnswering(addresses, port))) return undefined;
  const listeners: HttpListener[] = [];
  const bound: string[] = [];
  const announceStop = (): void => {
    for (const listener of listeners) listener.announceStop();
  };
  const close = async (): Promise<void> => void (await Promise.all(listeners.map((listener) => listener.close())));
  const retire = async (): Promise<void> => void (await Promise.all(listeners.map((listener) => listener.retire())));
  let actual = port;
  for (const address of addresses) {
    const listener = new HttpListener(handlers, limits);
    try {
      actual = await listener.listen(address, actual);
      listeners.push(listener);
      bound.push(address);
    } catch (error) {
      if (bound.length > 0 && noIPv6Codes.has(codeOf(error))) continue;
      await close();
      if (takenCodes.has(codeOf(error))) return undefined;
      throw new BridgeError("CONFIGURATION_ERROR", `The bridge cannot listen on ${address}: ${messageOf(error)}`, {
        port,
      });
    }
  }
  return { port: actual, addresses: bound, announceStop, retire, close };
}

async function anyAnswering(addresses: readonly string[], port: number): Promise<boolean> {
  return (await Promise.all(addresses.map((address) => isAnswering(address, port)))).includes(true);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
