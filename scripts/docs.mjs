// Writes the schema of the setting of exports in package.json, the tables of docs/manual that repeat package.json, settings
// and commands, those of the fields of gateways in docs/wire-contract.md, that of the vendors in docs/models.md, and
// docs/clients. With --check, only verifies them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { enginePresets } from "../src/agents/engines/presets.ts";
import { messageModelFields } from "../src/gateways/anthropic/messageModelFields.ts";
import { countTokensFields, messagesFields } from "../src/gateways/anthropic/messagesFields.ts";
import { chatFields } from "../src/gateways/openai/chat/chatFields.ts";
import { chatModelFields } from "../src/gateways/openai/chat/chatModelFields.ts";
import { embeddingFields } from "../src/gateways/openai/embeddings/embeddingRequest.ts";
import { responseFields } from "../src/gateways/openai/responses/responseFields.ts";
import { responseModelFields } from "../src/gateways/openai/responses/responseModelFields.ts";
import { clientPages } from "./clients/clientPages.mjs";
import { serverSettings } from "./documents/serverSettings.mjs";
import { exportsSchema } from "./settings/exportsSchema.mjs";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const { contributes } = manifest;
const words = JSON.parse(readFileSync("package.nls.json", "utf8"));

const settingTable = table(
  ["Setting", "Default", "What it does"],
  Object.entries(contributes.configuration.properties).map(settingRow),
);
const serverTable = table(
  ["Setting", "Variable", "Default", "Values", "What it does"],
  serverSettings().map(({ key, variable, default: value, type, description }) => [
    `\`${key}\``,
    `\`${variable}\``,
    shown(value, "manual/security.md"),
    type,
    description,
  ]),
);
const commandTable = table(["Command", "ID"], contributes.commands.map(commandRow));

const ofContract = {
  chatFields: fieldTable(chatFields),
  responseFields: fieldTable(responseFields),
  messagesFields: fieldTable(messagesFields),
  countTokensFields: fieldTable(countTokensFields),
  chatModelFields: fieldTable(chatModelFields),
  responseModelFields: fieldTable(responseModelFields),
  messageModelFields: fieldTable(messageModelFields),
  embeddingFields: fieldTable(embeddingFields),
};

Object.assign(contributes.configuration.properties["kiroBridge.exports"], exportsSchema());

const wanted = {
  "package.json": `${JSON.stringify(manifest, null, 2)}\n`,
  "docs/manual/settings.md": withTables("docs/manual/settings.md", { settings: settingTable }),
  "docs/serve.md": withTables("docs/serve.md", { serverSettings: serverTable }),
  "docs/manual/commands.md": withTables("docs/manual/commands.md", { commands: commandTable }),
  "docs/wire-contract.md": withTables("docs/wire-contract.md", ofContract),
  "docs/models.md": withTables("docs/models.md", { presets: presetTable() }),
  ...clientPages(),
};
for (const [file, text] of Object.entries(wanted)) {
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    console.error(`${file} is out of date: run node scripts/docs.mjs.`);
    process.exitCode = 1;
  }
}

function fieldTable(rows) {
  const cells = rows.map(({ field, support, note, values }) => [
    values === undefined ? `\`${field}\`` : `\`${field}\`, if it is ${values.text}`,
    support,
    note,
  ]);
  return table(["Field", "Support", "Effect, or what to do instead"], cells);
}

function presetTable() {
  const rows = enginePresets.map(({ id, name, wire, baseUrl, parts, apiVersion, auth, variable, command, note }) => {
    const usual = parts.find(({ isUsual }) => isUsual === true)?.example;
    const url = usual ?? baseUrl;
    const ways = auth.map((kind) => (kind === "environment" && variable !== undefined ? `\`${variable}\`` : kind));
    return [
      `${name} (\`${id}\`)${note === undefined ? "" : `. ${note}`}`,
      `\`${wire}\``,
      `${url === "" ? "–" : `\`${url}\``}${apiVersion === undefined ? "" : `, \`apiVersion\` ${apiVersion}`}`,
      [...ways, ...(command === undefined ? [] : [`\`${command.join(" ")}\``])].join(", "),
    ];
  });
  return table(["Vendor (`preset`)", "`wire`", "`baseUrl`", "Ways to the key"], rows);
}

function settingRow([
  name,
  { default: value, minimum, maximum, enum: choices, enumDescriptions, markdownDescription },
]) {
  const limits = minimum === undefined ? "" : ` From ${minimum} to ${maximum}.`;
  const options = (choices ?? []).map((choice, at) => ` \`${choice}\`: ${textOf(enumDescriptions[at])}`).join("");
  // In the settings editor `#name#` is a link to another setting.
  const text = textOf(markdownDescription).replaceAll(/`#([\w.]+)#`/g, "`$1`");
  return [`\`${name}\``, shown(value), `${text}${options}${limits}`];
}

function commandRow({ command, title, category }) {
  return [`${category}: ${textOf(title)}`, `\`${command}\``];
}

/** Returns a default value. Longer lists are explained elsewhere in the manual. */
function shown(value, policy = "security.md") {
  if (Array.isArray(value) && value.length > 1) return `see [Policy](${policy}#policy-what-may-be-run)`;
  return `\`${JSON.stringify(value)}\``;
}

function textOf(key) {
  const text = words[key.replaceAll("%", "")];
  if (text === undefined) throw new Error(`package.nls.json has no text for ${key}.`);
  return text;
}

function table(head, rows) {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`);
  return lines.join("\n");
}

function escapeCell(text) {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** Returns the text of a file with its generated tables. */
function withTables(file, tables) {
  return Object.entries(tables).reduce(
    (text, entry) => putBetweenMarkers(file, text, entry),
    readFileSync(file, "utf8"),
  );
}

function putBetweenMarkers(file, text, [name, content]) {
  const [start, end] = [`<!-- ${name}:start (written by scripts/docs.mjs) -->`, `<!-- ${name}:end -->`];
  const [before, rest] = text.split(start);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error(`${file} has no place for the ${name}: ${start} … ${end}`);
  return `${before}${start}\n${content}\n${end}${after}`;
}
