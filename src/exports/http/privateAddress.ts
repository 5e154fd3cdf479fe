import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** An address of this machine or of the networks around it, which only the user's own settings may name. */
export class PrivateAddressError extends Error {
  constructor(address: string) {
    super(`'${address}' is an address of this machine or of a private network.`);
    this.name = "PrivateAddressError";
  }
}

/** Ranges that the public Internet does not route (https://www.iana.org/assignments/iana-ipv4-special-registry). */
const ranges4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** The same of IPv6, and the forms that contain an address of IPv4, behind which any of those may be. */
const ranges6: readonly (readonly [string, number])[] = [
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

/** Also knows the addresses of `ranges4` in IPv6 (`::ffff:127.0.0.1`). */
const blocked = new BlockList();
for (const [network, prefix] of ranges4) blocked.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of ranges6) blocked.addSubnet(network, prefix, "ipv6");

/** Throws for a URL whose host is a private address, in whatever spelling: a URL has only one. @throws PrivateAddressError */
export function refusePrivateHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) refusePrivateAddress(host);
}

/**
 * Looks a name up as connections do, and fails if any of its addresses is private. The connection is made to the very
 * addresses that were checked, so a name cannot change in between. Literal addresses are never looked up.
 */
export function guardedLookup(lookup: LookupFunction = systemLookup): LookupFunction {
  return (name, options, callback) => {
    lookup(name, options, (error, found, family) => {
      if (error !== null) return callback(error, found, family);
      try {
        for (const address of addressesIn(found)) refusePrivateAddress(address);
      } catch (refusal) {
        return callback(refusal instanceof Error ? refusal : new PrivateAddressError(name), "", 0);
      }
      callback(null, found, family);
    });
  };
}

function addressesIn(found: string | readonly LookupAddress[]): readonly string[] {
  return typeof found === "string" ? [found] : found.map(({ address }) => address);
}

function refusePrivateAddress(address: string): void {
  // Without the zone, as in `fe80::1%eth0`.
  const bare = address.replace(/%.*$/, "");
  const family = isIP(bare);
  if (family === 0 || blocked.check(bare, family === 4 ? "ipv4" : "ipv6")) throw new PrivateAddressError(address);
}
