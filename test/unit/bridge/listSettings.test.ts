import assert from "node:assert/strict";
import { readSettings } from "../../../src/bridge/settingsTable.ts";

const local = { id: "local", wire: "openai-chat", baseUrl: "http://127.0.0.1:11434/v1", auth: { kind: "none" } };

function read(engines: unknown) {
  const { settings, problems } = readSettings((key) => (key === "engines" ? engines : undefined));
  return { ids: settings.engines.map(({ id }) => id), problems };
}

describe("A list of which each element is a setting of its own", () => {
  it("leaves out invalid elements, names each with its field, and keeps the others", () => {
    const { ids, problems } = read([{ ...local, wire: "smoke" }, local, "local", { ...local, id: "kiro" }]);
    assert.deepEqual(ids, ["local"]);
    assert.deepEqual(
      problems.map((problem) => problem.split(":")[0]),
      ["kiroBridge.engines[0].wire", "kiroBridge.engines[2]", "kiroBridge.engines[3].id"],
    );
  });

  it("leaves out elements that repeat the name of an earlier one", () => {
    const { ids, problems } = read([local, { ...local, wire: "anthropic" }, { ...local, id: "other" }]);
    assert.deepEqual(ids, ["local", "other"]);
    assert.deepEqual(problems, ["kiroBridge.engines[1].id: local is repeated"]);
  });

  it("is empty if it is no list, or too long", () => {
    assert.deepEqual(read({ local }).ids, []);
    const many = read(Array.from({ length: 33 }, (_, index) => ({ ...local, id: `local-${index}` })));
    assert.deepEqual([many.ids, many.problems.length], [[], 1]);
  });

  it("never shows a value in a problem", () => {
    const { problems } = read([
      { ...local, auth: { kind: "secret", key: "sk-canary" }, headers: { "x y": "sk-canary" } },
    ]);
    assert.equal(problems.length, 1);
    assert.doesNotMatch(problems.join(""), /canary/);
  });

  it("leaves out engines whose addresses have a password, or whose headers cannot be sent", () => {
    const entra = { kind: "entra", tenantId: "t", clientId: "c", authority: "https://me:canary@login.example.com" };
    const { ids, problems } = read([
      { ...local, baseUrl: "https://me:canary@models.example.com/v1" },
      { ...local, baseUrl: "https://canary@models.example.com/v1" },
      { ...local, auth: entra },
      { ...local, headers: { "x-tenant": "canary\r\nx-admin: yes" } },
      { ...local, headers: { "x-tenant": "canary \u{1F600}" } },
      { ...local, headers: { "x-tenant": "acme\tberlin" } },
    ]);
    assert.deepEqual(ids, ["local"]);
    assert.deepEqual(
      problems.map((problem) => problem.split(":")[0]),
      ["[0].baseUrl", "[1].baseUrl", "[2].auth.authority", "[3].headers.x-tenant", "[4].headers.x-tenant"].map(
        (place) => `kiroBridge.engines${place}`,
      ),
    );
    assert.doesNotMatch(problems.join(""), /canary/);
  });
});
