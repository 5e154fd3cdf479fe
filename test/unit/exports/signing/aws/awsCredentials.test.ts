import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DeliveryFailure } from "../../../../../src/exports/delivery/destination.ts";
import { awsAuthSchema } from "../../../../../src/exports/signing/aws/awsAuth.ts";
import { awsCredentials } from "../../../../../src/exports/signing/aws/awsCredentials.ts";
import { signingPorts, type SigningPortsOptions } from "../../../../support/exports/signingPorts.ts";
import { ModelServer } from "../../../../support/models/modelServer.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";

const signal = new AbortController().signal;
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "the-secret-key" };

describe("The credentials of AWS", () => {
  const credentials = (auth: unknown, options: SigningPortsOptions = {}) => {
    const ports = signingPorts(options);
    return { ports, source: awsCredentials(awsAuthSchema.parse(auth), ports) };
  };
  const fails = async (work: Promise<unknown>, sentence: RegExp) => {
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof DeliveryFailure, String(error));
      assert.equal(error.kind, "blocked");
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /the-secret-key/);
      return true;
    });
  };

  it("are read from the secret of the destination, and again when that has changed", async () => {
    const { ports, source } = credentials({ kind: "secret" }, { secret: JSON.stringify(keys) });
    assert.deepEqual(await source.key(signal), keys);
    assert.ok(ports.hidden.includes(keys.secretAccessKey));
    const next = { ...keys, accessKeyId: "AKID2", sessionToken: "the-session-token" };
    ports.change(JSON.stringify(next), "other");
    assert.deepEqual(await source.key(signal), keys);
    ports.change(JSON.stringify(next));
    assert.deepEqual(await source.key(signal), next);
    assert.ok(ports.hidden.includes("the-session-token"));
    ports.change(undefined);
    await fails(source.key(signal), /^The destination 'test' has no keys\. Set it with 'Kiro Bridge: Set Secret/);
  });

  it("of a wrong form are told without quoting them", async () => {
    for (const secret of ["the-secret-key", '{"accessKeyId": "the-secret-key"}', '["the-secret-key"]', '{"a": 1'])
      await fails(
        credentials({ kind: "secret" }, { secret }).source.key(signal),
        /^The secret of the destination 'test' is not its keys of the form \{"accessKeyId": "…", "secretAccessKey": "…"\}\.$/,
      );
  });

  it("are read from the variables that the settings name", async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: "no",
      AWS_SECRET_ACCESS_KEY: "no",
      R2_ID: "id",
      R2_KEY: " the-secret-key ",
    };
    const auth = { kind: "environment", accessKeyId: "R2_ID", secretAccessKey: "R2_KEY", sessionToken: "R2_TOKEN" };
    const expected = { accessKeyId: "id", secretAccessKey: "the-secret-key", sessionToken: undefined };
    assert.deepEqual(await credentials(auth, { environment }).source.key(signal), expected);
    const { source } = credentials({ kind: "environment" }, { environment: { AWS_ACCESS_KEY_ID: "id" } });
    await fails(source.key(signal), /no secret key: the variable AWS_SECRET_ACCESS_KEY is not set/);
  });

  describe("of the default chain", () => {
    let folder: string;
    let metadata: ModelServer;
    let before: NodeJS.ProcessEnv;
    beforeEach(async () => {
      folder = await temporaryFolder();
      metadata = await ModelServer.start();
      metadata.otherwise = { status: 404, body: "" };
      before = { ...process.env };
      for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
      Object.assign(process.env, {
        AWS_CONFIG_FILE: join(folder, "config"),
        AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
        AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
      });
    });
    afterEach(async () => {
      for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
      Object.assign(process.env, before);
      await metadata.dispose();
      await removeFolder(folder);
    });
    const chain = (auth: object = {}) => credentials({ kind: "chain", ...auth }).source.key(signal);
    const write = (name: string, text: string) => writeFile(join(folder, name), text);

    it("come from the variables, then from the default profile", async () => {
      await write("credentials", "[default]\naws_access_key_id = file\naws_secret_access_key = the-secret-key\n");
      assert.equal((await chain()).accessKeyId, "file");
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: "env", AWS_SECRET_ACCESS_KEY: "the-secret-key" });
      assert.equal((await chain()).accessKeyId, "env");
    });

    it("come from the profile that the settings name, and follow its file", async () => {
      const profile = (id: string) => `[work]\naws_access_key_id = ${id}\naws_secret_access_key = the-secret-key\n`;
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: "env", AWS_SECRET_ACCESS_KEY: "the-secret-key" });
      await write("credentials", profile("first"));
      const { source } = credentials({ kind: "chain", profile: "work" });
      const first = await source.key(signal);
      assert.equal(first.accessKeyId, "first");
      await write("credentials", profile("second"));
      assert.equal((await source.key(signal)).accessKeyId, "first");
      assert.equal((await source.key(signal, first)).accessKeyId, "second");
    });

    it("come from the program of a profile, with their end", async () => {
      const printed = {
        Version: 1,
        AccessKeyId: "process",
        SecretAccessKey: "the-secret-key",
        SessionToken: "token",
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      };
      await write("printed.json", JSON.stringify(printed));
      await write("config", `[profile work]\ncredential_process = cat ${join(folder, "printed.json")}\n`);
      const found = await chain({ profile: "work" });
      assert.deepEqual(found, { accessKeyId: "process", secretAccessKey: "the-secret-key", sessionToken: "token" });
    });

    it("are waited for again, and their program is not started twice, if it takes long", async () => {
      const clock = TestClock.stopped();
      try {
        const printed = { Version: 1, AccessKeyId: "process", SecretAccessKey: "the-secret-key" };
        await write("printed.json", JSON.stringify(printed));
        const path = (name: string): string => join(folder, name);
        await write(
          "slow.sh",
          `echo started >> ${path("starts")}\nuntil [ -e ${path("go")} ]; do sleep 0.05; done\ncat ${path("printed.json")}\n`,
        );
        await write("config", `[profile work]\ncredential_process = sh ${path("slow.sh")}\n`);
        const starts = async (): Promise<string> => await readFile(path("starts"), "utf8").catch(() => "");
        const { source } = credentials({ kind: "chain", profile: "work" });
        const first = source.key(signal);
        first.catch(() => undefined);
        await until(async () => (await starts()) !== "");
        clock.pass(45_000);
        await fails(first, /There were none within 45 s/);
        const second = source.key(signal);
        await write("go", "");
        assert.equal((await second).accessKeyId, "process");
        assert.equal(await starts(), "started\n");
      } finally {
        clock.release();
      }
    });

    it("are told to be missing, without asking the metadata address", async () => {
      await fails(chain(), /^The destination 'test' has no credentials of AWS\. .*There are none in the variables/);
      await fails(chain({ profile: "absent" }), /no credentials of AWS.*'absent'/);
      assert.deepEqual(metadata.requests, []);
    });

    it("come from the metadata address at last, if that is asked for", async () => {
      const identity = {
        Code: "Success",
        AccessKeyId: "machine",
        SecretAccessKey: "the-secret-key",
        Token: "token",
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      };
      metadata.otherwise = ({ method, url }) => {
        if (method === "PUT") return { body: "metadata-token" };
        return { body: url.endsWith("/the-role") ? JSON.stringify(identity) : "the-role" };
      };
      assert.equal((await chain({ useInstanceMetadata: true })).accessKeyId, "machine");
      assert.notEqual(metadata.requests.length, 0);
    });
  });
});
