// Leaves out the parts of the SDKs of models that speak of other things than messages: their APIs are classes without methods.
import { readFile } from "node:fs/promises";

/** Files whose exports only other parts of an API use, which the engines do not have. */
const unused = new RegExp(
  [
    // The administration of an organization, assistants, and agents in the cloud.
    String.raw`openai[\\/]resources[\\/](?:admin[\\/]admin|beta[\\/]beta|vector-stores[\\/]vector-stores|webhooks[\\/]webhooks)`,
    String.raw`openai[\\/]resources[\\/](?:evals[\\/]evals|fine-tuning[\\/]fine-tuning|containers[\\/]containers|skills[\\/]skills)`,
    // The programs and tools that run on this machine for agents in the cloud.
    String.raw`@anthropic-ai[\\/]sdk[\\/]tools[\\/]agent-toolset[\\/]\w+`,
    String.raw`@anthropic-ai[\\/]sdk[\\/]lib[\\/]environments[\\/][\w-]+`,
    String.raw`@anthropic-ai[\\/]sdk[\\/]lib[\\/]tools[\\/](?:Beta|Session)ToolRunner`,
    String.raw`@anthropic-ai[\\/]sdk[\\/]lib[\\/]BetaMessageStream`,
    String.raw`@anthropic-ai[\\/]sdk[\\/]resources[\\/]beta[\\/]webhooks`,
  ]
    .map((path) => String.raw`node_modules[\\/]${path}\.mjs$`)
    .join("|"),
);

export const slimSdks = {
  name: "slim-sdks",
  setup(build) {
    build.onLoad({ filter: unused }, async ({ path }) => {
      const names = exportsOf(await readFile(path, "utf8"));
      if (names.length === 0) throw new Error(`${path} exports nothing: it is another file than it was.`);
      return { contents: names.map((name) => `export class ${name} {}`).join("\n") };
    });
  },
};

/** Returns the names that a module exports. */
function exportsOf(code) {
  const declared = [...code.matchAll(/^export (?:default )?(?:async )?(?:class|function\*?|const|let|var) (\w+)/gm)];
  const listed = [...code.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) => list.split(","));
  const names = listed.map(
    (entry) =>
      entry
        .trim()
        .split(/\s+as\s+/)
        .at(-1) ?? "",
  );
  return [...new Set([...declared.map(([, name]) => name), ...names])].filter((name) => name !== "");
}
