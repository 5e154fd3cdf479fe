import assert from "node:assert/strict";
import { bridgeNote } from "../../../../src/hosting/lifecycle/bridgeNote.ts";
import { readSettings } from "../../../../src/bridge/settingsTable.ts";

describe("bridgeNote", () => {
  const { "auth.mode": authMode } = readSettings(() => undefined).settings;
  const noteAt = (addresses: string[], mode = authMode) =>
    bridgeNote({ addresses, address: { note: undefined }, entryNote: undefined, authMode: mode });

  it("shows nothing while only this machine can reach the bridge", () => {
    for (const addresses of [["127.0.0.1"], ["127.0.0.1", "::1"], ["127.8.8.8"]])
      assert.equal(noteAt(addresses), undefined);
  });

  it("shows that other machines can, and what protects the bridge", () => {
    for (const address of ["0.0.0.0", "::", "192.168.1.2", "fe80::1"]) {
      assert.match(
        noteAt([address]) ?? "",
        /^Other machines can .*\. They need the token, and the connection is not encrypted\.$/,
      );
      assert.match(noteAt([address], "none") ?? "", /^Other machines can .* without a token\.$/);
    }
  });

  it("also shows who holds the port, and what is wrong with the discovery file", () => {
    const place = { addresses: ["127.0.0.1"], address: { note: "Port 3001 is used by nginx." } };
    assert.equal(bridgeNote({ ...place, entryNote: "No file.", authMode }), "Port 3001 is used by nginx. No file.");
  });
});
