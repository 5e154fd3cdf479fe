import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { Policy } from "../../../src/core/commands/policy.ts";
import { COMMANDS } from "../../../src/host/commandTable.ts";
import { MAX_PORT_STEPS } from "../../../src/windows/address/portSearch.ts";
import { needsRestart, readSettings, type Settings, settingsSchema } from "../../../src/bridge/settingsTable.ts";

const root = join(import.meta.dirname, "../../..");
const text = (file: string) => readFileSync(join(root, file), "utf8");

const manifest = z
  .object({
    version: z.string(),
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), title: z.string(), category: z.string() })),
      menus: z.object({ "view/title": z.array(z.looseObject({ command: z.string(), when: z.string() })) }),
      configurationDefaults: z.object({ "remote.portsAttributes": z.record(z.string(), z.unknown()) }),
      configuration: z.object({
        properties: z.record(z.string(), z.looseObject({ default: z.unknown(), scope: z.string() })),
      }),
      walkthroughs: z.array(
        z.object({
          steps: z.array(z.object({ id: z.string(), description: z.string(), media: z.object({ svg: z.string() }) })),
        }),
      ),
    }),
    capabilities: z.object({ untrustedWorkspaces: z.object({ restrictedConfigurations: z.array(z.string()) }) }),
  })
  .parse(JSON.parse(text("package.json")));
const words = z.record(z.string(), z.string()).parse(JSON.parse(text("package.nls.json")));
const declared = manifest.contributes.configuration.properties;

describe("package.json", () => {
  it("declares the settings that the code reads, with their defaults, types and limits", () => {
    assert.deepEqual(
      Object.keys(declared).toSorted(),
      Object.keys(settingsSchema.shape)
        .map((key) => `kiroBridge.${key}`)
        .toSorted(),
    );
    const schema = z.toJSONSchema(settingsSchema, { io: "input" });
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const ours = z.record(z.string(), z.unknown()).parse(property);
      const theirs = declared[`kiroBridge.${key}`];
      for (const word of ["type", "default", "minimum", "maximum", "enum"]) {
        assert.deepEqual(theirs?.[word], ours[word], `${key}: ${word}`);
      }
    }
  });

  for (const key of ["engines", "agents.mcpServers"] as const) {
    it(`describes the structure of ${key} as the code reads it`, () => {
      const texts = (name: string, value: unknown) => (name === "markdownDescription" ? undefined : value);
      const bare: unknown = JSON.parse(JSON.stringify(declared[`kiroBridge.${key}`]), texts);
      const { scope: _scope, order: _order, ...theirs } = z.record(z.string(), z.unknown()).parse(bare);
      const { $schema: _, ...ours } = z.toJSONSchema(settingsSchema.shape[key], { io: "input" });
      assert.deepEqual(theirs, JSON.parse(JSON.stringify(ours)));
    });
  }

  it("allows no workspace to change a setting", () => {
    for (const [key, { scope }] of Object.entries(declared)) assert.equal(scope, "machine", key);
    assert.deepEqual(
      manifest.capabilities.untrustedWorkspaces.restrictedConfigurations,
      Object.keys(declared).toSorted(),
    );
  });

  it("declares the commands that the code registers, all under one category", () => {
    assert.deepEqual(
      manifest.contributes.commands.map(({ command }) => command),
      COMMANDS.map((name) => `kiroBridge.${name}`),
    );
    for (const { category } of manifest.contributes.commands) assert.equal(category, "Kiro Bridge");
  });

  it("has a button in the title of the dashboard's view that opens it as an editor", () => {
    const [{ command, when } = {}, ...others] = manifest.contributes.menus["view/title"];
    assert.deepEqual([command, when], ["kiroBridge.openDashboard", "view == kiroBridge.dashboard"]);
    assert.deepEqual(others, []);
  });

  it("leads its walkthrough's buttons to commands that exist, and has its pictures", () => {
    const steps = manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    assert.deepEqual(
      steps.map(({ id }) => id),
      ["start", "curl", "cli", "dashboard", "policy"],
    );
    const known = new Set(COMMANDS.map((name) => `kiroBridge.${name}`));
    for (const { id, description, media } of steps) {
      const links = [...(words[description.slice(1, -1)] ?? "").matchAll(/\]\(command:([^?)]+)/g)];
      assert.ok(links.length > 0, id);
      for (const [, command = ""] of links) assert.ok(known.has(command), command);
      assert.match(text(media.svg), /^<svg /);
    }
  });

  it("has a text for every key, and no text without one", () => {
    const used = new Set([...text("package.json").matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? ""));
    assert.deepEqual([...used].toSorted(), Object.keys(words).toSorted());
  });
});

describe("The repository", () => {
  it("names no registry in its lock file", () => {
    assert.ok(!text("package-lock.json").includes('"resolved"'));
    assert.match(text(".npmrc"), /^omit-lockfile-registry-resolved=true$/m);
  });
});

describe("The lock file", () => {
  it("has an entry for every optional package, those for other systems included, or `npm ci` refuses it", () => {
    const lockSchema = z.object({
      packages: z.record(z.string(), z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() })),
    });
    const { packages } = lockSchema.parse(JSON.parse(text("package-lock.json")));
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
      .filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
    assert.deepEqual(missing, [], "run `node scripts/completeLock.mjs`");
  });
});

describe("readSettings", () => {
  it("uses the safe default for a wrong value, and reports it", () => {
    const values: Record<string, unknown> = {
      "api.port": "3001",
      "auth.mode": "nobody",
      "auth.discovery": "all",
      "commands.deny": null,
      autoStart: false,
    };
    const { settings, problems } = readSettings((key) => values[key]);
    assert.equal(settings["api.port"], 3001);
    assert.equal(settings["auth.mode"], "token");
    // Not the default, which publishes the token.
    assert.equal(settings["auth.discovery"], "pair");
    assert.equal(settings.autoStart, false);
    assert.equal(problems.length, 4);
  });

  it("keeps the editor from offering the bridge as a web page, on the default port and those that are tried after it", () => {
    const { "api.port": port } = readSettings(() => undefined).settings;
    assert.deepEqual(manifest.contributes.configurationDefaults["remote.portsAttributes"], {
      [`${port}-${port + MAX_PORT_STEPS}`]: { label: "Kiro Bridge", onAutoForward: "silent" },
    });
  });

  it("allows no command while a list of commands is wrong", () => {
    const idsOf = (values: Record<string, unknown>) => {
      const { settings } = readSettings((key) => values[key]);
      const policy = new Policy(settings["commands.allow"], settings["commands.deny"]);
      return ["editor.fold", "kiro.cli.chat", "kiro.cli.terminal"].filter((id) => policy.decide(id).allowed);
    };
    assert.deepEqual(idsOf({}), ["editor.fold", "kiro.cli.chat", "kiro.cli.terminal"]);
    for (const wrong of ["editor.*", null, ["editor.*", 5], {}]) {
      assert.deepEqual(idsOf({ "commands.allow": wrong }), []);
      assert.deepEqual(idsOf({ "commands.deny": wrong }), []);
    }
  });

  it("knows which settings need a restart", () => {
    const { settings } = readSettings(() => undefined);
    const changed = (part: Partial<Settings>) => needsRestart(settings, { ...settings, ...part });
    assert.equal(changed({}), false);
    assert.equal(changed({ "commands.deny": ["a"], "commands.allow": [], "auth.mode": "none" }), false);
    assert.equal(changed({ "api.allowedHosts": ["a"], "api.allowedOrigins": ["b"], autoStart: false }), false);
    assert.equal(changed({ "api.maxRequestsPerMinute": 10 }), false);
    assert.equal(changed({ "api.port": 4000 }), true);
    assert.equal(changed({ "cli.trustTools": ["read"], "auth.mode": "none" }), true);
  });
});
