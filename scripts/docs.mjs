// Writes the tables of README.md that repeat package.json, settings and commands, and docs/clients. With --check, only
// verifies them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { clientPages } from "./clients/clientPages.mjs";

const readme = "README.md";
const { contributes } = JSON.parse(readFileSync("package.json", "utf8"));
const words = JSON.parse(readFileSync("package.nls.json", "utf8"));

const tables = {
  settings: table(
    ["Setting", "Default", "What it does"],
    Object.entries(contributes.configuration.properties).map(settingRow),
  ),
  commands: table(["Command", "ID"], contributes.commands.map(commandRow)),
};

const wanted = {
  [readme]: Object.entries(tables).reduce(putBetweenMarkers, readFileSync(readme, "utf8")),
  ...clientPages(),
};
for (const [file, text] of Object.entries(wanted)) {
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    console.error(`${file} is out of date: run node scripts/docs.mjs.`);
    process.exitCode = 1;
  }
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

/** Returns a default value. Longer lists are explained elsewhere in the README. */
function shown(value) {
  if (Array.isArray(value) && value.length > 1) return "see [Policy](#policy-what-may-be-run)";
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

function putBetweenMarkers(text, [name, content]) {
  const [start, end] = [`<!-- ${name}:start (written by scripts/docs.mjs) -->`, `<!-- ${name}:end -->`];
  const [before, rest] = text.split(start);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error(`${readme} has no place for the ${name}: ${start} … ${end}`);
  return `${before}${start}\n${content}\n${end}${after}`;
}
