import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import { parseConfig } from "../../../src/serve/settings/configFile.ts";
import { readEnvironment, variableOf } from "../../../src/serve/settings/environment.ts";
import { readFlags } from "../../../src/serve/settings/flags.ts";
import { InvalidSettings, ServerSettings, type SettingsSources } from "../../../src/serve/settings/serverSettings.ts";
import { settingSchemas } from "../../../src/serve/settings/knownSettings.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

describe("The settings of a server", () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    file = join(folder, "bridge.json");
  });
  afterEach(() => removeFolder(folder));

  const sources = (more: Partial<SettingsSources> = {}): SettingsSources => ({
    file,
    environment: {},
    flags: [],
    ...more,
  });

  it("come from an option, else from a variable, else from the file", async () => {
    await writeFile(file, '{ "api.port": 3100, "api.host": "::1", "kiro.maxSessions": 2 }');
    const settings = await ServerSettings.read(
      sources({
        environment: { KIRO_BRIDGE_API_PORT: "3200", KIRO_BRIDGE_API_HOST: "0.0.0.0" },
        flags: [{ flag: "--port", setting: "api.port", text: "3300" }],
      }),
    );
    const now = settings.now();
    assert.deepEqual(["api.port", "api.host", "kiro.maxSessions", "auth.mode"].map(now), [
      3300,
      "0.0.0.0",
      2,
      undefined,
    ]);
    await settings.dispose();
  });

  it("are read from JSON with comments, whole or nested, with or without the prefix", () => {
    const text = `{
      // The port.
      "kiroBridge.api.port": 3100,
      "kiroBridge": { "auth": { "discovery": "pair" } },
      "cli": { "pipe": { "settleMs": 300 } },
      "gateways.modelAliases": { "small": "engine/model" },
    }`;
    const { values, problems } = parseConfig("bridge.json", text);
    assert.deepEqual(problems, []);
    assert.deepEqual(Object.fromEntries(values), {
      "api.port": 3100,
      "auth.discovery": "pair",
      "cli.pipe.settleMs": 300,
      "gateways.modelAliases": { small: "engine/model" },
    });
  });

  it("say where a file is wrong, and which key was meant", () => {
    assert.deepEqual(parseConfig("b.json", '{\n "api.port": }').problems, [
      "b.json, line 2, column 14: ValueExpected.",
    ]);
    assert.deepEqual(parseConfig("b.json", "[]").problems, ["b.json: Expected an object of settings."]);
    assert.deepEqual(parseConfig("b.json", '{ "api": { "prot": 1 }, "api.host": "", "api.port": 1 }').problems, [
      "b.json: There is no setting api.prot. Did you mean api.port?",
      "b.json: kiroBridge.api.port: Too small: expected number to be >=1024",
      "b.json: kiroBridge.api.host: Too small: expected string to have >=1 characters",
    ]);
    assert.deepEqual(parseConfig("b.json", '{ "api": { "port": 3100 }, "api.port": 3200 }').problems, [
      "b.json: The setting api.port is there twice.",
    ]);
  });

  it("have variables with names of their own, none of which means something else", () => {
    const names = [...settingSchemas.keys()].map(variableOf);
    assert.equal(new Set(names).size, names.length);
    for (const other of ["HOME", "URL", "TOKEN", "PLUGIN"]) assert.ok(!names.includes(`KIRO_BRIDGE_${other}`));
    assert.equal(variableOf("api.maxBodyBytes"), "KIRO_BRIDGE_API_MAX_BODY_BYTES");
    assert.equal(variableOf("audit.maxFileMB"), "KIRO_BRIDGE_AUDIT_MAX_FILE_MB");
  });

  it("take lists and objects of variables as JSON, and name variables that nothing has", () => {
    const { values, problems, warnings } = readEnvironment({
      KIRO_BRIDGE_COMMANDS_ALLOW: '["kiro-cli.*"]',
      KIRO_BRIDGE_CLI_AGENT: "",
      KIRO_BRIDGE_HOME: "/somewhere",
      KIRO_BRIDGE_API_PROT: "3100",
      KIRO_BRIDGE_AUTO_START: "true",
      KIRO_BRIDGE_API_PORT: "many",
    });
    assert.deepEqual(values.get("commands.allow"), ["kiro-cli.*"]);
    assert.equal(values.has("cli.agent"), false);
    assert.deepEqual(problems, [
      "KIRO_BRIDGE_API_PORT: kiroBridge.api.port: Invalid input: expected number, received string",
    ]);
    assert.deepEqual(warnings, [
      "No setting has the variable KIRO_BRIDGE_API_PROT. Did you mean KIRO_BRIDGE_API_PORT?",
      "KIRO_BRIDGE_AUTO_START: The setting autoStart does nothing here: this server is on while it runs.",
    ]);
  });

  it("say which option is wrong", async () => {
    const flags = [{ flag: "--set", setting: "kiroBridge.kiro.maxSession", text: "3" }];
    assert.deepEqual(readFlags(flags).problems, [
      "--set: There is no setting kiro.maxSession. Did you mean kiro.maxSessions?",
    ]);
    await assert.rejects(ServerSettings.read(sources({ file: undefined, flags })), (error) => {
      assert.ok(error instanceof InvalidSettings);
      assert.equal(error.source, "flags");
      return true;
    });
  });

  it("do not begin with a file that is missing", async () => {
    await assert.rejects(ServerSettings.read(sources()), (error) => {
      assert.ok(error instanceof InvalidSettings);
      assert.equal(error.source, "configuration");
      assert.match(error.message, /bridge\.json cannot be read: ENOENT/);
      return true;
    });
  });

  it("change with the file, and stay as they are while it is not valid or missing", async () => {
    await writeFile(file, '{ "kiro.maxSessions": 2 }');
    const settings = await ServerSettings.read(sources());
    let changes = 0;
    settings.onDidChange(() => changes++);
    const after = async (text: string | undefined) => {
      await (text === undefined ? rm(file) : writeFile(file, text));
      await settings.reload(silentLogger);
      return [settings.now()("kiro.maxSessions"), changes];
    };
    assert.deepEqual(await after('{ "kiro.maxSessions": 3 }'), [3, 1]);
    assert.deepEqual(await after('{ "kiro.maxSessions": 3 } // the same'), [3, 1]);
    assert.deepEqual(await after('{ "kiro.maxSessions": '), [3, 1]);
    assert.deepEqual(await after('{ "kiro.maxSessions": 99 }'), [3, 1]);
    assert.deepEqual(await after(undefined), [3, 1]);
    assert.deepEqual(await after("{}"), [undefined, 2]);
    await settings.dispose();
  });
});
