import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { listFiles, PackageManager } from "@vscode/vsce";
import sharp from "sharp";
import * as z from "zod";

const root = join(import.meta.dirname, "../../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

const manifest = z
  .object({
    icon: z.string(),
    galleryBanner: z.object({ color: z.string().regex(/^#[\da-f]{6}$/), theme: z.enum(["dark", "light"]) }),
    categories: z.array(z.enum(["AI", "Chat", "Other"])),
    keywords: z.array(z.string().regex(/^[a-z][a-z ]{1,29}$/)),
    qna: z.url(),
    repository: z.object({ url: z.string() }),
    badges: z.array(z.object({ url: z.url(), href: z.url(), description: z.string().min(1) })),
  })
  .parse(JSON.parse(read("package.json")));
const home = manifest.repository.url.replaceAll(/^git\+|\.git$/g, "");

/** The pictures of a document of Markdown: the text in their place, and where they are. */
function picturesIn(markdown: string): { alt: string; target: string }[] {
  return [...markdown.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, alt = "", target = ""]) => ({ alt, target }));
}

describe("The page in the galleries", () => {
  it("has an icon of 256 by 256 pixels", () => {
    const picture = readFileSync(join(root, manifest.icon));
    assert.equal(picture.subarray(1, 4).toString("latin1"), "PNG");
    assert.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [256, 256]);
  });

  it("has at most 30 keywords, each once, and categories", () => {
    assert.ok(manifest.keywords.length <= 30);
    assert.equal(new Set(manifest.keywords).size, manifest.keywords.length);
    assert.ok(manifest.categories.length > 0);
  });

  it("has questions at the repository, and badges of workflows that exist", () => {
    assert.equal(manifest.qna, `${home}/discussions`);
    const ofReadme = picturesIn(read("README.md")).flatMap(({ target }) => (target.includes("badge") ? [target] : []));
    for (const url of [...manifest.badges.map((badge) => badge.url), ...ofReadme]) {
      const [, file = ""] = /\/actions\/workflows\/([\w.-]+)\/badge\.svg/.exec(url) ?? [];
      assert.ok(url.startsWith(home), url);
      assert.ok(file !== "" && existsSync(join(root, ".github/workflows", file)), url);
    }
  });

  it("has pictures with a text in their place, of at most 2 MiB, which the package does not contain", async () => {
    const pictures = picturesIn(read("README.md")).filter(({ target }) => !target.startsWith("https:"));
    assert.ok(pictures.some(({ target }) => target === "docs/media/demo.webp"));
    const packed = await filesOfPackage();
    for (const { alt, target } of pictures) {
      assert.ok(alt.length > 20, target);
      assert.ok(statSync(join(root, target)).size <= 2 * 1024 * 1024, target);
      assert.ok(!packed.includes(target), target);
    }
  });

  it("has an animated picture of about 20 seconds, which repeats", async () => {
    const {
      pages = 0,
      delay = [],
      loop,
    } = await sharp(join(root, "docs/media/demo.webp"), { animated: true }).metadata();
    const seconds = delay.reduce((sum, ms) => sum + ms, 0) / 1000;
    assert.ok(pages > 20, `${pages} pictures`);
    assert.ok(seconds >= 15 && seconds <= 25, `${seconds} s`);
    assert.equal(loop, 0);
  });
});

let listed: Promise<string[]> | undefined;
const filesOfPackage = (): Promise<string[]> =>
  (listed ??= listFiles({ cwd: root, packageManager: PackageManager.None }));

describe("The package of the extension", () => {
  it("contains what is built, what the manifest names, and what a reader needs, and nothing else", async () => {
    const files = await filesOfPackage();
    const needed = ["package.json", "package.nls.json", "README.md", "CHANGELOG.md", "LICENSE", manifest.icon];
    needed.push("THIRD_PARTY_NOTICES.md", "telemetry.json", "docs/schemas/plugin.schema.json");
    for (const file of needed) assert.ok(files.includes(file), file);
    const built = /^dist\/(?:[\w-]+\.cjs|(?:openapi|asyncapi)\.json|(?:docs|documents|webview)\/.+)$/;
    const others =
      /^(?:l10n\/bundle\.l10n(?:\.\w+)?\.json|package\.nls\.\w+\.json|media\/(?:walkthrough\/)?\w+\.(?:svg|png))$/;
    assert.deepEqual(
      files.filter((file) => !needed.includes(file) && !built.test(file) && !others.test(file)),
      [],
    );
    assert.ok(!files.includes("dist/serve.cjs"), "the host without an editor is part of the npm package alone");
  });
});
