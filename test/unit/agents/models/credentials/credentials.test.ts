import assert from "node:assert/strict";
import { Emitter } from "../../../../../src/base/events.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { createCredentials } from "../../../../../src/agents/models/credentials/createCredentials.ts";
import { engineSchema } from "../../../../../src/agents/engines/engineSettings.ts";
import { ModelFailure } from "../../../../../src/core/models/modelFailure.ts";
import { Redactor } from "../../../../../src/core/privacy/redactor.ts";
import { NO_ABORT } from "../../../../support/models/wireOptions.ts";

const KEY = "k-1234567890-abcdef";

describe("The key of an engine", () => {
  const didChange = new Emitter<string>();
  const stored = new Map<string, string>();
  let reads = 0;
  const keys = {
    read: (id: string) => {
      reads++;
      return Promise.resolve(stored.get(id));
    },
    onDidChange: didChange.event,
  };
  const redactor = new Redactor();

  beforeEach(() => {
    stored.clear();
    reads = 0;
  });

  const credentialsOf = (auth: object, environment: NodeJS.ProcessEnv = {}) =>
    createCredentials({
      settings: engineSchema.parse({ id: "work", wire: "anthropic", auth }),
      keys,
      environment,
      logger: silentLogger,
      hide: (secret) => redactor.hide(secret),
      redact: redactor.text,
    });
  const fails = async (auth: object, sentence: RegExp, environment?: NodeJS.ProcessEnv) => {
    const credentials = credentialsOf(auth, environment);
    await assert.rejects(credentials.key(NO_ABORT), (error) => {
      assert.ok(error instanceof ModelFailure, String(error));
      assert.equal(error.kind, "unauthorized");
      assert.match(error.message, sentence);
      return true;
    });
    await credentials.dispose();
  };

  it("is none for a local server", async () => {
    assert.equal(await credentialsOf({ kind: "none" }).key(NO_ABORT), undefined);
  });

  it("is read once from the secrets, and again when it has changed or was rejected", async () => {
    stored.set("work", ` ${KEY}\n`);
    const credentials = credentialsOf({ kind: "secret" });
    assert.equal(await credentials.key(NO_ABORT), KEY);
    assert.equal(await credentials.key(NO_ABORT), KEY);
    assert.equal(reads, 1);
    stored.set("work", "k-another-1234567");
    didChange.fire("other");
    assert.equal(await credentials.key(NO_ABORT), KEY);
    didChange.fire("work");
    assert.equal(await credentials.key(NO_ABORT), "k-another-1234567");
    stored.set("work", "k-third-123456789");
    assert.equal(await credentials.key(NO_ABORT, "k-another-1234567"), "k-third-123456789");
    assert.equal(reads, 3);
    await credentials.dispose();
  });

  it("is read once for many who wait, and not again at once if it is still the rejected one", async () => {
    stored.set("work", KEY);
    const credentials = credentialsOf({ kind: "secret" });
    const all = await Promise.all([1, 2, 3].map(async () => await credentials.key(NO_ABORT)));
    assert.deepEqual([all, reads], [[KEY, KEY, KEY], 1]);
    for (let time = 0; time < 3; time++) assert.equal(await credentials.key(NO_ABORT, KEY), KEY);
    assert.equal(reads, 2);
    await credentials.dispose();
  });

  it("is not kept if it changes while it is read", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const answers = [promise, Promise.resolve("k-new-1234567890")];
    const credentials = createCredentials({
      settings: engineSchema.parse({ id: "work", wire: "anthropic" }),
      keys: { ...keys, read: () => answers.shift() ?? Promise.resolve(undefined) },
      environment: {},
      logger: silentLogger,
      hide: () => undefined,
      redact: (text) => text,
    });
    const first = credentials.key(NO_ABORT);
    didChange.fire("work");
    resolve(KEY);
    assert.equal(await first, KEY);
    assert.equal(await credentials.key(NO_ABORT), "k-new-1234567890");
    await credentials.dispose();
  });

  it("is not waited for by those who give up, nor after its engine is gone", async () => {
    const credentials = createCredentials({
      settings: engineSchema.parse({ id: "work", wire: "anthropic" }),
      keys: { ...keys, read: () => new Promise(() => undefined) },
      environment: {},
      logger: silentLogger,
      hide: () => undefined,
      redact: (text) => text,
    });
    const controller = new AbortController();
    const waiting = credentials.key(controller.signal);
    controller.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
    await assert.rejects(credentials.key(controller.signal), /enough/);
    const rejected = assert.rejects(credentials.key(NO_ABORT), /bridge is stopping/);
    await credentials.dispose();
    await rejected;
    await assert.rejects(credentials.key(NO_ABORT), /bridge is stopping/);
  });

  it("comes from the environment", async () => {
    assert.equal(await credentialsOf({ kind: "environment", variable: "A_KEY" }, { A_KEY: KEY }).key(NO_ABORT), KEY);
    await fails({ kind: "environment", variable: "A_KEY" }, /the variable A_KEY is not set\. Check the variable A_KEY/);
  });

  it("is missing with a sentence that says what to do", async () => {
    await fails({ kind: "secret" }, /'work' has no key\. Set it with 'Kiro Bridge: Set Key of a Model…'/);
    stored.set("work", "  ");
    await fails({ kind: "secret" }, /has no key/);
  });

  for (const [what, key, sentence] of [
    ["two lines", "k-1\nk-2", /has 2 lines, not one/],
    ["spaces inside", "my key", /characters that a key cannot have/],
    ["letters that no header has", "schlüssel", /characters that a key cannot have/],
    ["more than 8 KiB", "k".repeat(8193), /longer than 8192/],
  ] as const) {
    it(`may not have ${what}, and is not part of the sentence about it`, async () => {
      stored.set("work", key);
      await fails({ kind: "secret" }, sentence);
      await fails({ kind: "secret" }, new RegExp(`^((?!${key.slice(0, 6)}).)*$`, "s"));
    });
  }

  it("is hidden everywhere before it is used, unless it is short enough for a word", async () => {
    stored.set("work", KEY);
    const credentials = credentialsOf({ kind: "secret" });
    assert.match(redactor.text(`I am ${KEY}`), /I am/);
    await credentials.key(NO_ABORT);
    assert.equal(redactor.text(`I am ${KEY}, really`), "I am (hidden), really");
    assert.deepEqual(redactor.value({ note: `x${KEY}` }), { note: "x(hidden)" });
    didChange.fire("work");
    stored.set("work", "ollama");
    await credentials.key(NO_ABORT);
    assert.equal(redactor.text("an ollama is no secret"), "an ollama is no secret");
    await credentials.dispose();
  });
});
