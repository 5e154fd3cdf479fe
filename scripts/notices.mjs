// Writes THIRD_PARTY_NOTICES.md: the packages in the last production build, with their licenses. With --check, only
// verifies that the file names the packages and versions of that build. --meta names another metafile than
// dist/meta.json; with --out, writes the notices of the npm package, which has nothing but its bundles.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** Packages shipped as files next to the bundle (scripts/shippedDocs.mjs, scripts/webviewBuild.mjs). */
const shippedFiles = [
  { folder: "node_modules/swagger-ui-dist", alsoQuote: ["swagger-ui-bundle.js.LICENSE.txt"] },
  // The font of the dashboard's icons, under CC-BY-4.0.
  { folder: "node_modules/@vscode/codicons" },
];
/** A package without a license file; the text is in its repository. */
/** The text of the MIT license, for a package whose manifest names it without a copy. */
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

/** The text of all parts of the SDK of AWS. */
const aws = readFileSync("node_modules/@aws-sdk/credential-provider-node/LICENSE", "utf8");

const missingLicences = {
  "@cfworker/json-schema": mit("Jeremy Danyow"),
  "@vscode/l10n": mit("Microsoft Corporation"),
  "@aws-sdk/credential-provider-http": aws,
  "@aws-sdk/nested-clients": aws,
  "@aws-sdk/credential-provider-login": aws,
};

const { values } = parseArgs({
  options: { check: { type: "boolean" }, meta: { type: "string", default: "dist/meta.json" }, out: { type: "string" } },
});
const noticesFile = values.out ?? "THIRD_PARTY_NOTICES.md";
const packages = [
  ...bundledFolders(values.meta).map((folder) => ({ folder })),
  ...(values.out === undefined ? shippedFiles : []),
]
  .map(readPackage)
  .toSorted((a, b) => a.heading.localeCompare(b.heading, "en"));
const unique = [...new Map(packages.map((found) => [found.heading, found])).values()];

if (values.check) check(unique);
else {
  writeFileSync(noticesFile, render(unique));
  console.log(`${noticesFile}: ${unique.length} packages`);
}

/** Returns the folders of the packages that contribute at least one byte to an output. */
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
    throw new Error(`${name} ${version} (${license}) has no license file: add its text to missingLicences.`);
  }
  return {
    heading: `${name} ${version}`,
    license,
    source: addressOf(repository),
    texts: texts.length === 0 ? [missingLicences[name]] : texts,
  };
}

/** Returns the repository URL; manifests write it in many ways, such as `owner/name`. */
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
    const facts = [`License: ${license}`, ...(source === "" ? [] : [source])].join(" · ");
    const quoted = texts.map((text) => fenced(text.replaceAll("\r\n", "\n").trim())).join("\n\n");
    return `## ${heading}\n\n${facts}\n\n${quoted}\n`;
  });
  return `# Third-party notices

Kiro Bridge contains code from the packages below. This file is generated by \`scripts/notices.mjs\` from the
contents of the build.

${sections.join("\n")}`;
}

/** Returns a code fence longer than any in the text. */
function fenced(text) {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

function check(found) {
  const wanted = found.map(({ heading }) => heading);
  const text = existsSync(noticesFile) ? readFileSync(noticesFile, "utf8") : "";
  // A license may have headings of its own.
  const unfenced = text.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, "");
  const present = [...unfenced.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  const missing = wanted.filter((heading) => !present.includes(heading));
  const superfluous = present.filter((heading) => !wanted.includes(heading));
  if (missing.length + superfluous.length === 0) return;
  for (const heading of missing) console.error(`missing: ${heading}`);
  for (const heading of superfluous) console.error(`not in the build: ${heading}`);
  console.error(`${noticesFile} is out of date: run npm run build, then node scripts/notices.mjs.`);
  process.exitCode = 1;
}
