// Writes THIRD_PARTY_NOTICES.md: the packages whose code is in what we ship, as the last production build tells, with
// their licences. With --check it only says whether the file names the packages and versions of that build.
// --meta names another build's metafile than dist/meta.json.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const noticesFile = "THIRD_PARTY_NOTICES.md";
/** Packages that are shipped as files beside the bundle (scripts/shippedDocs.mjs, scripts/webviewBuild.mjs). */
const shippedFiles = [
  { folder: "node_modules/swagger-ui-dist", alsoQuote: ["swagger-ui-bundle.js.LICENSE.txt"] },
  // The font of the dashboard's icons, under CC-BY-4.0.
  { folder: "node_modules/@vscode/codicons" },
];
/** A package that has no licence file of its own; the text is in its repository. */
/** The text of the MIT licence, for a package whose manifest names it and which ships no copy. */
const mit = (holder) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

const missingLicences = { "@cfworker/json-schema": mit("Jeremy Danyow") };

const { values } = parseArgs({
  options: { check: { type: "boolean" }, meta: { type: "string", default: "dist/meta.json" } },
});
const packages = [...bundledFolders(values.meta).map((folder) => ({ folder })), ...shippedFiles]
  .map(readPackage)
  .toSorted((a, b) => a.heading.localeCompare(b.heading, "en"));
const unique = [...new Map(packages.map((found) => [found.heading, found])).values()];

if (values.check) check(unique);
else {
  writeFileSync(noticesFile, render(unique));
  console.log(`${noticesFile}: ${unique.length} packages`);
}

/** The folders of the packages that have given at least one byte to an output. */
function bundledFolders(metafile) {
  if (!existsSync(metafile)) throw new Error(`There is no ${metafile}: run npm run build first.`);
  const { outputs } = JSON.parse(readFileSync(metafile, "utf8"));
  const folders = new Set();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders];
}

function readPackage({ folder, alsoQuote = [] }) {
  const { name, version, license, repository } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = [...files.toSorted(), ...alsoQuote].map((file) => readFileSync(join(folder, file), "utf8"));
  if (texts.length === 0 && missingLicences[name] === undefined) {
    throw new Error(`${name} ${version} (${license}) has no licence file: add its text to missingLicences.`);
  }
  return {
    heading: `${name} ${version}`,
    license,
    source: addressOf(repository),
    texts: texts.length === 0 ? [missingLicences[name]] : texts,
  };
}

/** Where the sources are; manifests spell it in many ways, `owner/name` among them. */
function addressOf(repository) {
  const address = (typeof repository === "object" ? repository.url : repository) ?? "";
  const plain = address
    .replace(/^(git\+|github:)/, "")
    .replace(/^(git|ssh):\/\/(git@)?/, "https://")
    .replace(/\.git$/, "");
  return /^[\w.-]+\/[\w.-]+$/.test(plain) ? `https://github.com/${plain}` : plain;
}

function render(found) {
  const sections = found.map(({ heading, license, source, texts }) => {
    const facts = [`Licence: ${license}`, ...(source === "" ? [] : [source])].join(" · ");
    const quoted = texts.map((text) => fenced(text.replaceAll("\r\n", "\n").trim())).join("\n\n");
    return `## ${heading}\n\n${facts}\n\n${quoted}\n`;
  });
  return `# Third-party notices

Kiro Bridge contains code of the packages below. This file is written by \`scripts/notices.mjs\` from what the build has
really put into the extension.

${sections.join("\n")}`;
}

/** A fence longer than any in the text. */
function fenced(text) {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

function check(found) {
  const wanted = found.map(({ heading }) => heading);
  const text = existsSync(noticesFile) ? readFileSync(noticesFile, "utf8") : "";
  const present = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  const missing = wanted.filter((heading) => !present.includes(heading));
  const superfluous = present.filter((heading) => !wanted.includes(heading));
  if (missing.length + superfluous.length === 0) return;
  for (const heading of missing) console.error(`missing: ${heading}`);
  for (const heading of superfluous) console.error(`not in the build: ${heading}`);
  console.error(`${noticesFile} is out of date: run npm run build, then node scripts/notices.mjs.`);
  process.exitCode = 1;
}
