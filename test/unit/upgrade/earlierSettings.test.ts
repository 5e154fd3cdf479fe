import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { readSettings } from "../../../src/bridge/settingsTable.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), "utf8"));

/** The settings of all earlier versions, with the defaults that they have had. */
const earlier = z
  .record(z.string(), z.object({ since: z.string(), defaults: z.array(z.unknown()) }))
  .parse(read("test/fixtures/upgrade/settings.json"));
const { contributes } = z
  .object({ contributes: z.object({ configuration: z.object({ properties: z.record(z.string(), z.unknown()) }) }) })
  .parse(read("package.json"));

describe("The settings of earlier versions", () => {
  it("have the same names", () => {
    const present = contributes.configuration.properties;
    assert.deepEqual(
      Object.keys(earlier).filter((key) => !Object.hasOwn(present, `kiroBridge.${key}`)),
      [],
    );
  });

  it("are valid with the values that were their defaults", () => {
    const rounds = Math.max(...Object.values(earlier).map(({ defaults }) => defaults.length));
    for (let round = 0; round < rounds; round++) {
      const { problems } = readSettings((key) => {
        const defaults = earlier[key]?.defaults ?? [];
        return defaults[Math.min(round, defaults.length - 1)];
      });
      assert.deepEqual(problems, []);
    }
  });

  it("are told by name if their values are not valid any more, and have their defaults then", () => {
    const { settings, problems } = readSettings((key) => (key === "cli.pipe.settleMs" ? 50 : undefined));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^kiroBridge\.cli\.pipe\.settleMs: /);
    assert.ok(settings["cli.pipe.settleMs"] >= 250);
  });
});
