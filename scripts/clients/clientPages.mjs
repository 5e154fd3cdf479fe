// The pages of docs/clients: the set-up of each client, from src/clientSetups, and what its tests have shown.
import { readFileSync } from "node:fs";

// Not imported by name: the types of the table would change how the other scripts are checked.
const load = (file) => import(new URL(`../../src/clientSetups/${file}`, import.meta.url).href);
const { clientSetups } = await load("table.ts");
const { snippetOf } = await load("snippet.ts");
const { isFileWay } = await load("setup.ts");

const resultsFile = "docs/clients/results.json";
const results = JSON.parse(readFileSync(resultsFile, "utf8"));
const url = "http://127.0.0.1:3001";
const written = "Written by `node scripts/docs.mjs` from `src/clientSetups`.";
const headings = { mcp: "The tools of the editor (MCP)", model: "Kiro as its model" };

/** Returns the pages by their paths. */
export function clientPages() {
  const pages = clientSetups.map((setup) => [`docs/clients/${setup.id}.md`, pageOf(setup)]);
  return Object.fromEntries([["docs/clients/README.md", indexPage()], ...pages]);
}

function indexPage() {
  const rows = clientSetups.map(({ id, name, ways }) => {
    const has = (kind) => (ways.some((way) => way.kind === kind) ? "yes" : "–");
    return `| [${name}](${id}.md) | ${has("mcp")} | ${has("model")} | ${shortResult(results[id])} |`;
  });
  return `# Connect a client

${written}

In the editor, run **Kiro Bridge: Connect a Client…**. In a terminal, run \`kiro-bridge connect\`. Both give the client a token
of its own with the least permissions, which you can revoke on the dashboard's **Access** page, and both print the set-up or
write it into the client's file, after a copy of it.

| Client | [Tools of the editor](#tools-of-the-editor) | [Kiro as its model](#kiro-as-a-model) | Tests |
|---|---|---|---|
${rows.join("\n")}

## Tools of the editor

The bridge is an MCP server at \`/mcp\`, for both generations of MCP over HTTP. A client without HTTP starts the command
\`kiro-bridge mcp\`, which finds the bridge and its token on its own:

\`\`\`json
${JSON.stringify({ mcpServers: { "kiro-bridge": { command: "npx", args: ["-y", "kiro-bridge", "mcp"] } } }, undefined, 2)}
\`\`\`

## Kiro as a model

Clients of OpenAI's API use the base URL \`${url}/v1\`; those of Anthropic's API, \`${url}\`. The model is
\`kiro\`, or \`kiro/<id>\` for a certain one of Kiro's models.
`;
}

function shortResult(result) {
  if (result === undefined) return "–";
  const { passed, failed } = result;
  return failed.length === 0 ? `${passed.length} passed` : `${passed.length} passed, ${failed.length} failed`;
}

function pageOf({ id, name, ways, scopes, next }) {
  const kinds = Object.keys(headings).filter((kind) => ways.some((way) => way.kind === kind));
  const sections = kinds.map((kind) => {
    const snippets = ways.filter((way) => way.kind === kind).map(snippetText);
    return `## ${headings[kind]}\n\n${snippets.join("\n\n")}`;
  });
  const write = ways.some(isFileWay) ? "; with `--write`, into its file" : "";
  return `# ${name}

${written}

\`kiro-bridge connect ${id}\` prints this with your address and a token${write}. The token has the permissions
${scopes.map((scope) => `\`${scope}\``).join(", ")}.

${sections.join("\n\n")}

## Then

${next}

## What works

${worksText(results[id])}
`;
}

function snippetText(way) {
  const { text, format, file } = snippetOf(way, { url });
  const place = file === undefined ? "" : `${placeOf(file)}\n\n`;
  return `${place}\`\`\`${format}\n${text}\n\`\`\``;
}

function placeOf(file) {
  return file.startsWith("~/") ? `In \`${file}\`:` : `In \`${file}\`, in the folder of a project:`;
}

function worksText(result) {
  if (result === undefined) return "No test of this repository runs this client.";
  const { version, passed, failed } = result;
  const by = version === undefined ? "" : ` with version ${version}`;
  const rows = [
    ...passed.map((title) => `| ${cell(title)} | yes |`),
    ...failed.map((title) => `| ${cell(title)} | **no** |`),
  ];
  return `As tested${by} (\`node scripts/clients/clientResults.mjs\`):\n\n| Test | Passed |\n|---|---|\n${rows.join("\n")}`;
}

function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
