import assert from "node:assert/strict";
import { readSettings } from "../../../../src/bridge/settingsTable.ts";
import { authenticatorOf, natsCredentialsSchema } from "../../../../src/plugins/nats/credentials.ts";
import { natsOptionsOf } from "../../../../src/plugins/nats/settings.ts";
import * as nats from "../../../../src/plugins/nats/natsLibrary.ts";

const read = (values: Readonly<Record<string, unknown>>) => readSettings((key) => values[key]);

describe("The settings of the bus", () => {
  it("have no server by default, so that the bus is in the editor", () => {
    assert.equal(natsOptionsOf(read({}).settings), undefined);
    const { settings, problems } = read({ "bus.servers": ["nats://a:4222", "tls://[::1]:4222", "tls://b.example"] });
    assert.deepEqual(problems, []);
    assert.equal(natsOptionsOf(settings)?.servers.length, 3);
    assert.equal(natsOptionsOf(settings)?.prefix, "kiro-bridge");
  });

  it("accept no address with credentials, and no other protocol", () => {
    for (const server of [
      "nats://user:secret@host",
      "nats://token@host",
      "ws://host",
      "host:4222",
      "nats://",
      "nats://a/b",
    ]) {
      const { settings, problems } = read({ "bus.servers": [server] });
      assert.equal(problems.length, 1, server);
      assert.ok(!problems.join("").includes("secret"));
      assert.equal(natsOptionsOf(settings), undefined);
    }
  });

  it("accept prefixes that are one token of a subject, and absolute paths", () => {
    for (const prefix of ["", "a.b", "a b", "*", ">", "$JS", "x".repeat(33)])
      assert.equal(read({ "bus.prefix": prefix }).problems.length, 1, prefix);
    assert.equal(read({ "bus.tls.caFile": "relative/ca.pem" }).problems.length, 1);
    assert.deepEqual(read({ "bus.prefix": "team-1_x", "bus.tls.caFile": "" }).problems, []);
  });
});

describe("NATS credentials", () => {
  it("are those of each kind that a server may ask for", () => {
    assert.equal(authenticatorOf(undefined, nats), undefined);
    for (const credentials of [
      { kind: "user", user: "u", password: "" },
      { kind: "token", token: "t" },
      { kind: "nkey", seed: "SUAA2FJWYWWZJIXVHFTSH5S33YGNOGCMWCWTGTJGV7EOEXTHSPLHSG36GA".slice(0, 58) },
      { kind: "creds", text: "-----BEGIN NATS USER JWT-----\nx\n" },
    ])
      assert.equal(typeof authenticatorOf(JSON.stringify(credentials), nats), "function", credentials.kind);
  });

  it("of a wrong form are rejected", () => {
    for (const credentials of [
      {},
      { kind: "user", user: "", password: "" },
      { kind: "token", token: "" },
      { kind: "nkey", seed: "not a seed" },
      { kind: "creds", text: "not a file of credentials" },
      { kind: "token", token: "t", more: 1 },
    ])
      assert.ok(!natsCredentialsSchema.safeParse(credentials).success);
    assert.throws(() => authenticatorOf("user:password", nats));
  });
});
