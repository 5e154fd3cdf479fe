import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { findSecrets } from "../../../../src/core/privacy/findSecrets.ts";
import { isSecretName } from "../../../../src/core/privacy/namedValues.ts";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";
import { assertLinear } from "../../../support/checks/linearTime.ts";
import { turnsDuring } from "../../../support/measures/turns.ts";

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Put together here, so that nobody who looks for keys in sources finds one. */
const glue = (...parts: readonly string[]): string => parts.join("");
const webToken = glue("ey", "J", [letters, letters, letters].join("."));
const privateKey = glue("-----BEGIN RSA ", "PRIVATE KEY-----\n", letters, "\n-----END RSA PRIVATE KEY-----");
const secrets = [
  glue("sk-proj-", letters),
  glue("sk_", "live_", letters),
  glue("gh", "p_", letters),
  glue("github", "_pat_", letters),
  glue("gl", "pat-", letters),
  glue("np", "m_", letters),
  glue("h", "f_", letters),
  glue("AK", "IA", letters.slice(0, 16).toUpperCase()),
  glue("xox", "b-123456789012-", letters),
  glue("AI", "za", letters),
  webToken,
  privateKey,
  glue("-----BEGIN PGP ", "PRIVATE KEY BLOCK-----\n", letters, "\n-----END PGP PRIVATE KEY BLOCK-----"),
];
const redact = (value: unknown, given: readonly string[]): Promise<unknown> =>
  new Redactor({ secrets: () => given }).copy(value);
const hidden = async (text: string, given: readonly string[] = []): Promise<string> =>
  String(await redact(text, given));

describe("Redactor", () => {
  it("hides given secrets and what looks like a key, at any position", async () => {
    for (const secret of secrets) {
      const text = JSON.stringify(await redact({ output: `before ${secret} after`, list: [{ deep: secret }] }, []));
      assert.ok(!text.includes(JSON.stringify(secret).slice(1, 20)), text);
      assert.ok(text.includes("before") && text.includes("after"));
    }
    assert.equal(await redact("the token is tok-123", ["tok-123", ""]), "the token is (hidden)");
  });

  it("hides a key at either end of a text, between punctuation, and a second one after it", async () => {
    for (const secret of secrets) {
      assert.equal(await hidden(secret), "(hidden)");
      for (const mark of ["(", '"', "\n", "/", "=", "ä"]) {
        assert.equal(await hidden(`${mark}${secret}${mark}`), `${mark}(hidden)${mark}`, secret);
      }
      assert.equal(await hidden(`${secret} ${secret}`), "(hidden) (hidden)");
    }
  });

  it("hides a key across every slice boundary of a large text", async () => {
    for (const secret of secrets) {
      for (const border of [64 * 1024, 128 * 1024, 1024 * 1024]) {
        const before = "word ".repeat(border / 5).slice(0, border - Math.floor(secret.length / 2));
        const shown = await hidden(`${before} ${secret} ${before}`);
        assert.equal(shown, `${before} (hidden) ${before}`, secret.slice(0, 8));
      }
    }
  });

  it("hides a web token after other characters, and within other dotted text", async () => {
    assert.equal(await hidden(`prefix-${webToken}`), "prefix-(hidden)");
    assert.equal(await hidden(`${letters}.${webToken}`), `${letters}.(hidden)`);
    assert.equal(await hidden(`${letters}.${letters}.${webToken}.`), `${letters}.${letters}.(hidden).`);
    assert.equal(await hidden(`${webToken}.${webToken}`), "(hidden).(hidden)");
    assert.equal(await hidden(`${letters}.${letters}.${letters}`), `${letters}.${letters}.${letters}`);
    assert.equal(await hidden(`a${webToken}`), `a${webToken}`, "a word that ends so is none");
  });

  it("hides a private key whose end is missing, to the end of the text", async () => {
    const cut = privateKey.slice(0, -20);
    assert.equal(await hidden(`${privateKey} between ${cut}`), "(hidden) between (hidden)");
  });

  it("hides values after a name such as password", async () => {
    const named = { apiKey: "a", api_key: "a", password: "p", Authorization: "x", accessToken: "a", DB_PASSWORD: "a" };
    const fields = Object.fromEntries(Object.keys(named).map((name) => [name, "(hidden)"]));
    assert.deepEqual(await redact({ ...named, name: "y", tokens: "3" }, []), { ...fields, name: "y", tokens: "3" });
    assert.equal(await hidden("curl -H 'Authorization: Bearer abcdef123'"), "curl -H 'Authorization: Bearer (hidden)'");
    assert.equal(await hidden("DB_PASSWORD=hunter22 npm test"), "DB_PASSWORD=(hidden) npm test");
    assert.equal(await hidden('{"access_key": "abcdef123"}'), '{"access_key": "(hidden)"}');
    assert.equal(
      await hidden("--x-token=abcdef token_password : 'abcdef'"),
      "--x-token=(hidden) token_password : '(hidden)'",
    );
    assert.equal(await hidden("token=abcdefsecret : hunter22"), "token=(hidden) : (hidden)");
    assert.equal(await hidden("ätoken=abcdef"), "ätoken=(hidden)");
  });

  it("hides all of a key that contains the start of another", async () => {
    assert.equal(await hidden(glue("gl", "pat-npm_api_key", letters, "xoxb-", letters, " end")), "(hidden) end");
  });

  it("leaves ordinary text, ids and values unchanged", async () => {
    const value = {
      id: "exec-1795000000000-1",
      windowId: "5f3f8c1e-4a34-4f4e-9a53-3f6f0a3c2b7d",
      output: "The task-list of src/secretary.ts has 3 tokens: a, b and c.",
      exitCode: 0,
      result: [true, null, 1.5],
    };
    assert.deepEqual(await redact(value, []), value);
  });

  it("takes time in proportion to the length of the text, whatever the text is", async () => {
    const texts = [
      "eyJ",
      "-eyJ",
      "eyJaaaaaaaaaa.",
      "eyJaaaaaaaaaa.aaaaaaaaaa.",
      "-----BEGIN ",
      "-----BEGIN PRIVATE KEY-----",
      "-----BEGIN PRIVATE KEY-----x-----END ",
      "PRIVATE KEY",
      "sk-",
      "sk-live",
      "ghp_",
      "github_pat_",
      "AKIA",
      "xoxb-",
      "AIza",
      "token",
      "token=",
      "token: ",
      'secret"',
      "api_key=abcdef",
      "Bearer ",
      "access-",
      randomBytes(30_000).toString("base64url"),
      randomBytes(30_000).toString("base64"),
      randomBytes(30_000).toString("hex"),
    ];
    await assertLinear("All finders", (text) => findSecrets(text).length, texts);
    await assertLinear("isSecretName", isSecretName, ["token-", "api_", "credential"]);
  }).timeout(120_000);

  it("finds one secret where a run of characters contains many beginnings", () => {
    const count = (text: string): number => findSecrets(text).filter(({ kind }) => kind === "secret").length;
    for (const unit of ["sk-", "token=", "ghp_", "kbt_"]) assert.equal(count(unit.repeat(1000)), 1, unit);
    assert.equal(count(`token=abcdef ${"sk-".repeat(1000)}`), 2);
  });

  it("handles a run of one kind of characters of any length", async () => {
    for (const head of ["eyJ", "sk-", "ghp_", "token=", "Bearer ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", ""]) {
      for (const unit of ["A", " "]) {
        const text = Buffer.from(head + unit.repeat(10 * 1024 * 1024)).toString("latin1");
        assert.ok(findSecrets(text).length <= 1);
      }
    }
  }).timeout(120_000);

  it("yields while it redacts a large run", async () => {
    const output = randomBytes(6 * 1024 * 1024).toString("base64url");
    const events = Array.from({ length: 10_000 }, () => ({ type: "command-output", output: "text" }));
    const turns = await turnsDuring(() => redact({ output, events }, []));
    assert.ok(turns >= 5, `${turns} turns`);
  });
});
