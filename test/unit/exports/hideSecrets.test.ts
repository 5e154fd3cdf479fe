import assert from "node:assert/strict";
import { noEvent } from "../../../src/base/events.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";
import { hideSecrets } from "../../../src/exports/hideSecrets.ts";

describe("The secrets of destinations", () => {
  const hidden = async (
    texts: readonly string[],
    {
      secret,
      settings = {},
      environment = {},
    }: { secret?: string; settings?: object; environment?: NodeJS.ProcessEnv },
  ): Promise<readonly boolean[]> => {
    const redactor = new Redactor();
    const secrets = { read: async (name: string) => (name === "mine" ? secret : undefined), onDidChange: noEvent };
    await hideSecrets([{ name: "mine", settings }], { secrets, environment, redactor });
    return texts.map((text) => redactor.text(`It is ${text}.`) === "It is (hidden).");
  };

  it("are hidden as a whole", async () => {
    assert.deepEqual(await hidden(["opaque-key-1234"], { secret: " opaque-key-1234\n" }), [true]);
  });

  it("are hidden where they are parts of JSON, and what is no secret in it stays", async () => {
    const parts = {
      secretAccessKey: "opaque-access-1234",
      accessKeyId: "public-id-123456",
      region: "eu-central-12345",
    };
    const texts = ["opaque-access-1234", "public-id-123456", "eu-central-12345"];
    assert.deepEqual(await hidden(texts, { secret: JSON.stringify(parts) }), [true, false, false]);
    const webhook = { secrets: ["opaque-signing-12", "opaque-signing-34"], headers: { "x-key": "opaque-header-12" } };
    const keys = ["opaque-signing-12", "opaque-signing-34", "opaque-header-12"];
    assert.deepEqual(await hidden(keys, { secret: JSON.stringify(webhook) }), [true, true, true]);
  });

  it("are hidden where they are several keys, or fields of a connection string", async () => {
    const keys = ["opaque-signing-12", "opaque-signing-34"];
    assert.deepEqual(await hidden(keys, { secret: keys.join(" ") }), [true, true]);
    const account = Buffer.alloc(32, "q").toString("base64");
    const secret = `DefaultEndpointsProtocol=https;AccountName=account-name-1;AccountKey=${account};EndpointSuffix=x.y`;
    assert.deepEqual(await hidden([account, "account-name-1", "https"], { secret }), [true, false, false]);
  });

  it("are hidden where the settings name a variable", async () => {
    const environment = {
      KEY: "opaque-key-1234",
      SECRET: "opaque-secret-12",
      SESSION: "opaque-session-1",
      ID: "an-id-1234567",
    };
    const texts = Object.values(environment);
    const signing = { accessKeyId: "ID", secretAccessKey: "SECRET", sessionToken: "SESSION" };
    const settings = { auth: { kind: "environment", ...signing }, bearer: { variable: "KEY" } };
    assert.deepEqual(await hidden(texts, { settings, environment }), [true, true, true, false]);
    assert.deepEqual(await hidden(["opaque-key-1234"], { settings: { auth: { variable: "KEY" } }, environment }), [
      true,
    ]);
    assert.deepEqual(await hidden(["opaque-key-1234"], { settings: { auth: 1 }, environment }), [false]);
  });

  it("hold up nothing when they cannot be read", async () => {
    const redactor = new Redactor();
    const { promise, resolve } = Promise.withResolvers<string>();
    const read = (name: string) => (name === "hung" ? promise : Promise.reject(new Error("no keyring")));
    const owners = ["hung", "broken"].map((name) => ({ name, settings: {} }));
    await hideSecrets(owners, { secrets: { read, onDidChange: noEvent }, environment: {}, redactor });
    resolve("opaque-key-1234");
    await promise;
    await Promise.resolve();
    assert.equal(redactor.text("opaque-key-1234"), "(hidden)");
  });
});
