import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { editToml } from "../../../../src/clientSetups/files/editToml.ts";

const entry = { path: ["mcp_servers", "kiro-bridge"], value: { url: "http://127.0.0.1:3001/mcp", enabled: true } };

describe("An entry in a TOML file of a client", () => {
  it("is put into an empty file, and at the end of another one", () => {
    assert.deepEqual(structuredClone(parse(editToml("", entry))), { mcp_servers: { "kiro-bridge": entry.value } });
    const text = '# mine\nmodel = "x"   # kept\n\n[profiles.a]\nlist = [\n  [1],\n]\n';
    const edited = editToml(text, entry);
    assert.ok(edited.startsWith(text.trimEnd()), edited);
    assert.equal(editToml(edited, entry), edited);
  });

  it("replaces its own table, and keeps the fields of the user and what follows", () => {
    const text = `[mcp_servers.kiro-bridge] # ours
url = "old"
startup_timeout_sec = 20

[mcp_servers.kiro-bridge.env]
A = "b"

[mcp_servers.other]
url = "http://other"
`;
    const edited = editToml(text, entry);
    assert.deepEqual(structuredClone(parse(edited)), {
      mcp_servers: {
        "kiro-bridge": { url: "http://127.0.0.1:3001/mcp", enabled: true, startup_timeout_sec: 20, env: { A: "b" } },
        other: { url: "http://other" },
      },
    });
    assert.equal(editToml(edited, entry), edited);
  });

  it("finds its table under a quoted name", () => {
    const edited = editToml('[mcp_servers."kiro-bridge"]\nurl = "old"\n', entry);
    assert.deepEqual(structuredClone(parse(edited)), { mcp_servers: { "kiro-bridge": entry.value } });
  });

  const uneditable = {
    "an inline table": 'mcp_servers = { kiro-bridge = { url = "old" } }\n',
    "dotted keys": '[mcp_servers]\nkiro-bridge.url = "old"\n',
    "a list in the table": '[mcp_servers.kiro-bridge]\nurl = "old"\nargs = [\n  "a",\n]\n',
    "a text that looks like a table": 'note = """\n[mcp_servers.kiro-bridge]\n"""\n',
  };
  for (const [name, text] of Object.entries(uneditable)) {
    it(`is not put into a file with ${name}`, () => {
      assert.throws(() => editToml(text, entry), /in a form that cannot be edited/);
    });
  }

  it("is not put into a file that is not TOML", () => {
    assert.throws(() => editToml("{", entry), /it is not valid TOML/);
  });
});
