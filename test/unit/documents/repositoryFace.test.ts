import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parse, parseDocument, visit } from "yaml";
import * as z from "zod";

const root = join(import.meta.dirname, "../../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const home = "https://github.com/kiro-bridge/kiro-bridge";

/** An element of an issue form, as GitHub describes it: docs.github.com, "Syntax for GitHub's form schema". */
const elementSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("markdown"), attributes: z.strictObject({ value: z.string().min(1) }) }),
  z.strictObject({
    type: z.enum(["textarea", "input"]),
    id: z.string().regex(/^[\w-]+$/),
    attributes: z.strictObject({
      label: z.string().min(1),
      description: z.string().optional(),
      placeholder: z.string().optional(),
      render: z.string().optional(),
    }),
    validations: z.strictObject({ required: z.boolean() }).optional(),
  }),
  z.strictObject({
    type: z.literal("dropdown"),
    id: z.string().regex(/^[\w-]+$/),
    attributes: z.strictObject({ label: z.string().min(1), options: z.array(z.string().min(1)).min(1) }),
    validations: z.strictObject({ required: z.boolean() }).optional(),
  }),
]);
const formSchema = z.strictObject({
  name: z.string().min(3),
  description: z.string().min(3),
  title: z.string().optional(),
  labels: z.array(z.string()).optional(),
  body: z.array(elementSchema).min(1),
});
const configSchema = z.strictObject({
  blank_issues_enabled: z.boolean(),
  contact_links: z.array(z.strictObject({ name: z.string(), url: z.url(), about: z.string() })),
});

const updateSchema = z.object({
  "package-ecosystem": z.string(),
  directory: z.string().optional(),
  directories: z.array(z.string()).optional(),
  schedule: z.object({ interval: z.literal("weekly"), day: z.string() }),
  cooldown: z.object({ "default-days": z.int().min(3) }),
  groups: z.record(z.string(), z.object({ patterns: z.array(z.string()).min(1) })),
});
const updatesSchema = z.strictObject({ version: z.literal(2), updates: z.array(updateSchema) });
type Update = z.infer<typeof updateSchema>;

/** What Dependabot reads of each ecosystem. */
const manifests: Readonly<Record<string, string>> = {
  npm: "package.json",
  pip: "pyproject.toml",
  pub: "pubspec.yaml",
  docker: "Dockerfile",
  "docker-compose": "compose.yaml",
  "github-actions": ".github/workflows",
};

const updates = updatesSchema.parse(parse(read(".github/dependabot.yml"))).updates;
const directoriesOf = ({ directory, directories = [] }: Update): string[] =>
  [...directories, ...(directory === undefined ? [] : [directory])].flatMap((path) =>
    path.includes("*") ? globSync(path.slice(1), { cwd: root }).map((found) => `/${found}`) : [path],
  );

describe("The repository", () => {
  const folder = ".github/ISSUE_TEMPLATE";
  const forms = readdirSync(join(root, folder)).filter((file) => file !== "config.yml");

  it("has issue forms that GitHub accepts, with an ID and a label for each field", () => {
    assert.deepEqual(forms.toSorted(), ["bug.yml", "feature.yml"]);
    for (const file of forms) {
      const { body } = formSchema.parse(parse(read(`${folder}/${file}`)));
      const fields = body.flatMap((element) => (element.type === "markdown" ? [] : [element]));
      assert.ok(fields.length > 0, file);
      for (const names of [fields.map(({ id }) => id), fields.map(({ attributes }) => attributes.label)])
        assert.equal(new Set(names).size, names.length, file);
    }
  });

  it("leads questions to the discussions, and vulnerabilities to a private form", () => {
    const { blank_issues_enabled, contact_links } = configSchema.parse(parse(read(`${folder}/config.yml`)));
    assert.equal(blank_issues_enabled, false);
    const urls = contact_links.map(({ url }) => url);
    assert.ok(urls.some((url) => url.startsWith(`${home}/discussions`)));
    assert.ok(urls.includes(`${home}/security/advisories/new`));
    for (const file of ["SECURITY.md", "CODE_OF_CONDUCT.md", `${folder}/bug.yml`])
      assert.ok(read(file).includes(`${home}/security/advisories/new`), file);
  });

  it("has a template of pull requests, and a license", () => {
    assert.match(read(".github/pull_request_template.md"), /^- \[ \] `npm test` passes\.$/m);
    assert.match(read("LICENSE"), /MIT License/);
  });

  it("names itself alike everywhere, and links to files that it has", () => {
    const { repository, bugs, homepage } = z
      .object({ repository: z.object({ url: z.string() }), bugs: z.object({ url: z.string() }), homepage: z.string() })
      .parse(JSON.parse(read("package.json")));
    assert.deepEqual([repository.url, bugs.url], [`git+${home}.git`, `${home}/issues`]);
    assert.ok(homepage.startsWith(home));
    const files = execFileSync("git", ["ls-files", "-z", "*.md", ".github"], { cwd: root, encoding: "utf8" });
    const linked = files
      .split("\0")
      .filter((file) => file !== "" && !/^(?:test|THIRD_PARTY)/.test(file))
      .flatMap((file) => [...read(file).matchAll(/github\.com\/kiro-bridge\/kiro-bridge\/blob\/HEAD\/([^)#\s"]+)/g)])
      .map(([, path = ""]) => path);
    assert.ok(linked.length > 0);
    assert.deepEqual(
      linked.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
});

describe("The updates of dependencies", () => {
  it("use no anchors, which Dependabot does not read", () => {
    const document = parseDocument(read(".github/dependabot.yml"));
    let aliases = 0;
    visit(document, { Alias: () => void aliases++ });
    assert.equal(aliases, 0);
  });

  it("look where there is something to update", () => {
    for (const update of updates) {
      const manifest = manifests[update["package-ecosystem"]];
      assert.ok(manifest !== undefined, update["package-ecosystem"]);
      const directories = directoriesOf(update);
      assert.ok(directories.length > 0, update["package-ecosystem"]);
      for (const directory of directories) assert.ok(existsSync(join(root, directory, manifest)), directory);
    }
  });

  it("cover each package with dependencies, except examples to copy and fixtures", () => {
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
    const isOurs = (file: string): boolean => !/^(?:examples|test\/fixtures)\//.test(file);
    for (const [ecosystem, name] of Object.entries(manifests).filter(([, manifest]) => !manifest.includes("/"))) {
      const folders = tracked
        .filter((file) => posix.basename(file) === name && isOurs(file))
        .map((file) => posix.join("/", posix.dirname(file)));
      const covered = updates.filter((update) => update["package-ecosystem"] === ecosystem).flatMap(directoriesOf);
      assert.deepEqual(folders.toSorted(), covered.toSorted(), ecosystem);
    }
  });
});
