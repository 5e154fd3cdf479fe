import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { guardedLookup, PrivateAddressError, refusePrivateHost } from "../../../../src/exports/http/privateAddress.ts";

describe("The guard against private addresses", () => {
  for (const host of [
    ..."127.0.0.1 127.1 2130706433 0x7f000001 0x7f.1 017700000001 0177.0.0.1 127.0.0.1. １２７.0.0.1 ①②⑦.0.0.1".split(
      " ",
    ),
    ..."0 0.0.0.0 10.1.2.3 100.64.0.1 169.254.169.254 0xA9FEA9FE 172.16.0.1 172.31.255.255 192.168.1.1".split(" "),
    ..."192.0.0.8 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255".split(
      " ",
    ),
    ..."[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::127.0.0.1]".split(" "),
    ..."[64:ff9b::7f00:1] [64:ff9b:1::1] [100::1] [2001::1] [2001:db8::1] [2002:7f00:1::] [3fff::1]".split(" "),
    ..."[fc00::1] [fd00:ec2::254] [fe80::1] [fec0::1] [ff02::1]".split(" "),
  ]) {
    it(`refuses ${host}`, () => {
      assert.throws(() => refusePrivateHost(new URL(`http://${host}/`)), PrivateAddressError);
    });
  }

  for (const host of [
    "93.184.216.34",
    "8.8.8.8",
    "172.32.0.1",
    "[2606:4700::1111]",
    "[::ffff:8.8.8.8]",
    "example.com",
  ]) {
    it(`lets ${host} pass`, () => {
      refusePrivateHost(new URL(`https://${host}/`));
    });
  }

  const found = (addresses: string | LookupAddress[], all: boolean) =>
    new Promise((resolve, reject) => {
      const lookup = guardedLookup((_, __, callback) => callback(null, addresses, 4));
      lookup("example.com", { all }, (error, result) => (error === null ? resolve(result) : reject(error)));
    });

  it("refuses a name if any of its addresses is private", async () => {
    const outside = { address: "93.184.216.34", family: 4 };
    assert.deepEqual(await found([outside], true), [outside]);
    assert.equal(await found("93.184.216.34", false), "93.184.216.34");
    await assert.rejects(found([outside, { address: "10.0.0.1", family: 4 }], true), PrivateAddressError);
    await assert.rejects(found([{ address: "fe80::1%eth0", family: 6 }], true), PrivateAddressError);
    await assert.rejects(found("127.0.0.1", false), PrivateAddressError);
    await assert.rejects(found("not an address", false), PrivateAddressError);
  });

  it("passes on that a name does not exist", async () => {
    const lookup = guardedLookup((_, __, callback) => callback(new Error("ENOTFOUND"), "", 0));
    const failure = new Promise((_, reject) => lookup("example.invalid", {}, reject));
    await assert.rejects(failure, /ENOTFOUND/);
  });

  it("refuses 'localhost' as the system looks it up", async () => {
    const failure = new Promise((_, reject) => guardedLookup()("localhost", { all: true }, reject));
    await assert.rejects(failure, PrivateAddressError);
  });
});
