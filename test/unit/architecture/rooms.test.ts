import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { build } from "esbuild";
import { forBrowsers, rooms } from "./roomTable.ts";

const root = join(import.meta.dirname, "../../../src");
const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|(?:^|\n)\s*import\s+"([^"]+)"|\b(?:import|require)\("([^"]+)"\)/g;

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.split(sep).join("/"));

const imports: Import[] = files.flatMap((from) =>
  [...readFileSync(join(root, from), "utf8").matchAll(importPattern)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? "")
    .map((specifier) => ({ from, to: specifier.startsWith(".") ? inSrc(from, specifier) : specifier })),
);

function inSrc(from: string, specifier: string): string {
  return `src/${relative(root, join(root, dirname(from), specifier))
    .split(sep)
    .join("/")}`;
}

/** The parts of rooms that are rooms of their own. */
const ownParts: Readonly<Record<string, readonly string[]>> = {
  agents: ["models", "modelsLibrary.ts"],
  tools: ["servers", "mcpServers", "mcpToolsLibrary.ts"],
  serve: ["serveLibrary.ts"],
  exports: ["door", "exportsLibrary.ts", "awsLibrary.ts"],
};

/** The package of a path inside it: `@scope/name/dist/part.js` is of `@scope/name`. */
const packageOf = (specifier: string) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
const roomOf = (file: string) => {
  const [room = file, part] = file.split("/");
  const isOwn = part !== undefined && ownParts[room]?.includes(part) === true;
  return isOwn || ["dashboard", "plugins", "gateways"].includes(room) ? `${room}/${part}` : room;
};

describe("The rooms of src", () => {
  it("are all in the table", () => {
    assert.deepEqual(
      [...new Set(files.map(roomOf))].filter((room) => !(room in rooms)),
      [],
    );
  });

  it("import downward only", () => {
    const forbidden = imports
      .filter(({ to }) => to.startsWith("src/"))
      .filter(({ from, to }) => roomOf(from) !== roomOf(to.slice(4)))
      .filter(({ from, to }) => !rooms[roomOf(from)]?.rooms.includes(roomOf(to.slice(4))));
    assert.deepEqual(forbidden, []);
  });

  it("use each package only where the table allows it", () => {
    const forbidden = imports
      .filter(({ to }) => !to.startsWith("src/") && !to.startsWith("node:"))
      .filter(({ from, to }) => !rooms[roomOf(from)]?.packages.includes(packageOf(to)));
    assert.deepEqual(forbidden, []);
  });

  it("keep browser code free of Node", () => {
    const bound = imports.filter(({ from, to }) => forBrowsers.includes(roomOf(from)) && to.startsWith("node:"));
    assert.deepEqual(bound, []);
  });

  it("can bundle the state of the dashboard for a browser", async () => {
    const entryPoints = files.filter((file) => roomOf(file) === "dashboard/state").map((file) => join(root, file));
    const options = { entryPoints, bundle: true, platform: "browser", write: false, outdir: "unused" } as const;
    const { warnings, outputFiles } = await build(options);
    assert.deepEqual(warnings, []);
    assert.equal(outputFiles.length, entryPoints.length);
  });

  it("have no import cycles", () => {
    const next = Map.groupBy(
      imports.filter(({ to }) => to.startsWith("src/")),
      ({ from }) => from,
    );
    const done = new Set<string>();
    const visit = (file: string, way: readonly string[]): void => {
      assert.ok(!way.includes(file), `circle: ${[...way, file].join(" → ")}`);
      if (done.has(file)) return;
      for (const { to } of next.get(file) ?? []) visit(to.slice(4), [...way, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it("keeps extension.ts on one screen", () => {
    assert.ok(readFileSync(join(root, "extension.ts"), "utf8").split("\n").length <= 40);
  });
});
