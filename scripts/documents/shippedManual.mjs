import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";

/** A link or a picture of Markdown to a file of the repository. */
const link = /(!?\[[^\]]*\]\()(?!\w+:|#)([^)\s]+)(\))/g;

/**
 * Writes the documents that the extension contains to `folder`: docs/exports.md, which the dashboard opens, and docs/manual. Links
 * between them stay as they are; others lead to the repository, as `vsce` does it for the README.
 */
export async function writeShippedManual(folder) {
  const { repository } = JSON.parse(await readFile("package.json", "utf8"));
  const home = repository.url.replace(/^git\+|\.git$/g, "");
  const pages = (await readdir("docs/manual")).map((name) => `docs/manual/${name}`);
  const shipped = ["docs/exports.md", ...pages];
  await rm(folder, { recursive: true, force: true });
  for (const file of shipped) {
    const out = join(folder, posix.relative("docs", file));
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, withAbsoluteLinks(await readFile(file, "utf8"), { file, shipped, home }));
  }
}

function withAbsoluteLinks(markdown, { file, shipped, home }) {
  return markdown.replaceAll(link, (whole, before, target, after) => {
    const [path, anchor] = target.split("#");
    const wanted = posix.join(posix.dirname(file), path);
    if (shipped.includes(wanted)) return whole;
    const kind = before.startsWith("!") ? "raw" : "blob";
    return `${before}${home}/${kind}/HEAD/${wanted}${anchor === undefined ? "" : `#${anchor}`}${after}`;
  });
}
