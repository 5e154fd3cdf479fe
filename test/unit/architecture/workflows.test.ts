import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";

const folder = join(import.meta.dirname, "../../../.github/workflows");
const workflowSchema = z.object({
  permissions: z.record(z.string(), z.string()),
  concurrency: z.object({ group: z.string() }),
  jobs: z.record(
    z.string(),
    z.object({
      uses: z.string().optional(),
      "timeout-minutes": z.number().optional(),
      steps: z
        .array(
          z.object({
            uses: z.string().optional(),
            run: z.string().optional(),
            with: z.record(z.string(), z.unknown()).optional(),
          }),
        )
        .default([]),
    }),
  ),
});

const workflows = readdirSync(folder).map((file) => ({
  file,
  ...workflowSchema.parse(parse(readFileSync(join(folder, file), "utf8"))),
}));
const jobs = workflows.flatMap(({ file, jobs: all }) =>
  Object.entries(all).map(([name, job]) => ({ place: `${file}: ${name}`, ...job })),
);
const steps = jobs.flatMap(({ place, steps: all }) => all.map((step) => ({ place, ...step })));

describe("The workflows", () => {
  it("are found", () => assert.ok(steps.length > 10));

  it("may only read by default, and have at most one run for what they concern", () => {
    for (const { file, permissions, concurrency } of workflows) {
      assert.deepEqual(permissions, { contents: "read" }, file);
      assert.notEqual(concurrency.group, "", file);
    }
  });

  it("give each job a deadline", () => {
    const without = jobs.filter((job) => job.uses === undefined && job["timeout-minutes"] === undefined);
    assert.deepEqual(without, []);
  });

  it("use actions of known versions, and leave no credentials of git behind", () => {
    for (const { place, uses, with: inputs } of steps) {
      if (uses === undefined) continue;
      assert.match(uses, /^[\w-]+\/[\w/-]+@v\d+(?:\.\d+)*$/, place);
      if (uses.startsWith("actions/checkout@")) assert.equal(inputs?.["persist-credentials"], false, place);
    }
  });

  it("put no expression into a shell, where its text would be a command", () => {
    const mixed = steps.filter(({ run }) => run?.includes("${{"));
    assert.deepEqual(mixed, []);
  });
});
