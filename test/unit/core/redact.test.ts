import assert from "node:assert/strict";
import { redact } from "../../../src/core/redact.ts";

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Put together here, so that nobody who looks for keys in sources finds one. */
const glue = (...parts: readonly string[]): string => parts.join("");
const secrets = [
  glue("sk-proj-", letters),
  glue("gh", "p_", letters),
  glue("github", "_pat_", letters),
  glue("AK", "IA", letters.slice(0, 16).toUpperCase()),
  glue("xox", "b-123456789012-", letters),
  glue("ey", "J", [letters, letters, letters].join(".")),
  glue("-----BEGIN RSA ", "PRIVATE KEY-----\n", letters, "\n-----END RSA PRIVATE KEY-----"),
];

describe("redact", () => {
  it("hides what is given and what looks like a key, wherever it stands", () => {
    for (const secret of secrets) {
      const text = JSON.stringify(redact({ output: `before ${secret} after`, list: [{ deep: secret }] }, []));
      assert.ok(!text.includes(JSON.stringify(secret).slice(1, 20)), text);
      assert.ok(text.includes("before") && text.includes("after"));
    }
    assert.equal(redact("the token is tok-123", ["tok-123", ""]), "the token is (hidden)");
  });

  it("hides what stands behind a telling name", () => {
    assert.deepEqual(redact({ apiKey: "abc", api_key: "abc", password: "p", Authorization: "x", name: "y" }, []), {
      apiKey: "(hidden)",
      api_key: "(hidden)",
      password: "(hidden)",
      Authorization: "(hidden)",
      name: "y",
    });
    assert.equal(redact("curl -H 'Authorization: Bearer abcdef123'", []), "curl -H 'Authorization: Bearer (hidden)'");
    assert.equal(redact("DB_PASSWORD=hunter22 npm test", []), "DB_PASSWORD=(hidden) npm test");
    assert.equal(redact('{"access_key": "abcdef123"}', []), '{"access_key": "(hidden)"}');
  });

  it("leaves ordinary text, ids and values as they are", () => {
    const value = {
      id: "exec-1795000000000-1",
      windowId: "5f3f8c1e-4a34-4f4e-9a53-3f6f0a3c2b7d",
      output: "The task-list of src/secretary.ts has 3 tokens: a, b and c.",
      exitCode: 0,
      result: [true, null, 1.5],
    };
    assert.deepEqual(redact(value, []), value);
  });
});
