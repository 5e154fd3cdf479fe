import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { type HttpHandlers, HttpListener, type ListenerLimits } from "./httpListener.ts";
import { isAnswering } from "./portProbe.ts";

/** How far beyond the wanted port the search goes. */
const MAX_PORT_STEPS = 100;
const MAX_PORT = 65_535;
/** Tries for a port which is free on both loopback addresses, when any port will do. */
const ANY_PORT_TRIES = 10;
/** Names for "this machine only": then both loopback addresses are used. */
const loopbackHosts: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);
/** EACCES: the range is reserved by Windows, or the port is below 1024. */
const takenCodes: ReadonlySet<string> = new Set(["EADDRINUSE", "EACCES"]);
const noIPv6Codes: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL", "EPROTONOSUPPORT"]);

export interface ListenOptions extends ListenerLimits {
  /** 0 is any free one. */
  readonly port: number;
  /** A loopback name, or another interface which the user has chosen: then only that one is used. */
  readonly host: string;
  /** What to do when the port is taken. */
  readonly portConflict: "next" | "fail";
  /** Says in one sentence who holds a port. */
  readonly describeOwner: (port: number) => Promise<string>;
}

export interface Listening {
  readonly port: number;
  readonly host: string;
  /** All addresses that answer. */
  readonly addresses: readonly string[];
  /** Set when the wanted port was taken: by whom, in one sentence. */
  readonly conflict?: { readonly port: number; readonly owner: string };
  /** From now on the last answer on each connection says that it ends. */
  announceStop(): void;
  /** Stops accepting, lets answers under way finish for at most 2 s, then hangs up. */
  close(): Promise<void>;
}

type Bound = Omit<Listening, "conflict" | "host">;

/**
 * Listens on the wanted port, or on the next free one. A port counts as taken when it is in use on either loopback
 * address; whoever holds it is named and never disturbed.
 * @throws BridgeError CONFIGURATION_ERROR when no port can be had, naming who holds the wanted one.
 */
export async function listen(handlers: HttpHandlers, options: ListenOptions): Promise<Listening> {
  const isLoopback = loopbackHosts.has(options.host);
  const addresses = isLoopback ? ["127.0.0.1", "::1"] : [options.host];
  const host = isLoopback ? "127.0.0.1" : options.host;
  const bindTo = (port: number): Promise<Bound | undefined> => bind(handlers, addresses, port, options);
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

function portsAfter(port: number): number[] {
  if (port === 0) return Array.from({ length: ANY_PORT_TRIES }, () => 0);
  return Array.from({ length: MAX_PORT_STEPS }, (_, step) => port + step + 1).filter((next) => next <= MAX_PORT);
}

function noPort({ port, portConflict }: ListenOptions, owner: string): BridgeError {
  const advice =
    portConflict === "fail"
      ? "Free the port, choose another kiroBridge.api.port, or set kiroBridge.api.portConflict to 'next'."
      : `The next ${MAX_PORT_STEPS} ports cannot be used either. Choose another kiroBridge.api.port.`;
  return new BridgeError("CONFIGURATION_ERROR", `${owner} ${advice}`, { port, reason: "port_taken" });
}

/**
 * Listens on all addresses with one port, or on none.
 * @returns undefined when the port is taken on one of them.
 */
async function bind(
  handlers: HttpHandlers,
  addresses: readonly string[],
  port: number,
  limits: ListenerLimits,
): Promise<Bound | undefined> {
  // On macOS and Windows a port can be bound on 127.0.0.1 although another program listens on all interfaces:
  // that would take its callers away from it.
  if (port !== 0 && (await anyAnswering(addresses, port))) return undefined;
  const listeners: HttpListener[] = [];
  const bound: string[] = [];
  const announceStop = (): void => {
    for (const listener of listeners) listener.announceStop();
  };
  const close = async (): Promise<void> => void (await Promise.all(listeners.map((listener) => listener.close())));
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
  return { port: actual, addresses: bound, announceStop, close };
}

async function anyAnswering(addresses: readonly string[], port: number): Promise<boolean> {
  return (await Promise.all(addresses.map((address) => isAnswering(address, port)))).includes(true);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
