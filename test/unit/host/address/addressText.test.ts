import assert from "node:assert/strict";
import { type AddressView, addressLines } from "../../../../src/host/address/addressText.ts";
import { FakeAddress, listing } from "../../../support/fakeAddress.ts";

const three = [listing("a"), listing("b"), listing("c")];
const linesOf = (fields: ConstructorParameters<typeof FakeAddress>[0], view: Partial<AddressView> = {}): string[] =>
  addressLines({ address: new FakeAddress(fields), external: { kind: "local" }, virtualFolders: [], ...view });

describe("The text about the address", () => {
  it("names the address, and the number of windows that share it", () => {
    assert.deepEqual(linesOf({}), ["Listening on http://127.0.0.1:3001"]);
    assert.deepEqual(linesOf({ windows: [listing("a")] }), ["Listening on http://127.0.0.1:3001"]);
    assert.deepEqual(linesOf({ windows: three.slice(1) }), [
      "Owns http://127.0.0.1:3001, and shares it with 1 other window.",
    ]);
    assert.deepEqual(linesOf({ windows: three }), ["Owns http://127.0.0.1:3001, and shares it with 2 other windows."]);
  });

  it("tells a member that another window owns the address", () => {
    assert.deepEqual(linesOf({ role: "member", windows: three }), [
      "Shares http://127.0.0.1:3001 with 2 other windows, one of which owns it.",
    ]);
    assert.deepEqual(linesOf({ role: "member", windows: three.slice(1) }), [
      "Shares http://127.0.0.1:3001 with 1 other window, which owns it.",
    ]);
    assert.match(linesOf({ role: "member" })[0] ?? "", /^Shares .* with another window/);
  });

  it("tells that the window is alone, that the owner has ended, or that the address is lost", () => {
    assert.match(linesOf({ role: "alone" })[0] ?? "", /for this window alone\.$/);
    assert.match(linesOf({ role: "seeking" })[0] ?? "", /Another one is taking over\.$/);
    assert.match(linesOf({ role: "failed" })[0] ?? "", /no longer available\.$/);
  });

  it("tells when the wanted port is free again", () => {
    assert.deepEqual(linesOf({ port: 3002, canReclaim: true }).at(-1), "Port 3001 is free again.");
  });

  it("has the address for the user's own computer, and what it needs", () => {
    const remote = "codespaces";
    const url = "https://name-3001.app.github.dev";
    const known = linesOf({}, { external: { kind: "known", remote, url, missingHost: "name-3001.app.github.dev" } });
    assert.deepEqual(known.slice(1), [
      `From your own computer: ${url}`,
      'It needs "name-3001.app.github.dev" in kiroBridge.api.allowedHosts.',
    ]);
    assert.deepEqual(linesOf({}, { external: { kind: "known", remote, url } }).slice(1), [
      `From your own computer: ${url}`,
    ]);
    assert.match(linesOf({}, { external: { kind: "pending", remote } })[1] ?? "", /being requested \(codespaces\)/);
    const failed = linesOf({}, { external: { kind: "unknown", remote, reason: "no tunnel" } });
    assert.match(failed[1] ?? "", /not known \(codespaces\): no tunnel/);
  });

  it("tells of folders without a path", () => {
    assert.match(linesOf({}, { virtualFolders: ["repository"] })[1] ?? "", /^repository: not on this machine/);
  });
});
