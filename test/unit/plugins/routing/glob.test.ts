import assert from "node:assert/strict";
import { matchesGlob, namesOf, readGlob } from "../../../../src/plugins/routing/glob.ts";

const cases: readonly (readonly [glob: string, matches: string, others: string])[] = [
  ["**/*.py", "a.py src/a.py /home/me/src/a.py ./a.py C:\\work\\a.py", "a.pyc py a.ts"],
  ["*.py", "a.py src/a.py", "a.pyc"],
  ["**/api/**/*", "api/a src/api/b/c.py", "apis/a src/api.py"],
  ["src/*.ts", "src/a.ts", "src/a/b.ts lib/src/a.ts"],
  ["src/**", "src/a src/a/b", "source/a"],
  ["a/**/b", "a/b a/x/b a/x/y/b", "a/c a/x/bb"],
  ["**/*", "a a/b/c", ""],
  ["**/*.{ts,tsx}", "a.ts b/a.tsx", "a.js a.{ts,tsx}"],
  ["{src,lib}/*.{c,h}", "src/a.c lib/a.h", "src/a.o bin/a.c"],
  ["test?.js", "test1.js", "test.js test12.js"],
  ["[a-c]x[!0-9].txt", "axb.txt cx_.txt", "dxb.txt ax1.txt"],
  ["**/Dockerfile", "Dockerfile a/Dockerfile", "Dockerfile.old"],
  ["**/.github/**/*.yml", ".github/workflows/ci.yml", "github/ci.yml"],
  ["a.b", "a.b x/a.b", "axb"],
  ["[", "[", "x"],
  ["*a*b*c", "abc xaxbxc aabbcc", "abcx acb"],
];

function matches(glob: string, path: string): boolean {
  const read = readGlob(glob);
  return read !== undefined && matchesGlob(read, namesOf(path));
}

describe("A glob of a plugin", () => {
  for (const [glob, good, bad] of cases) {
    it(`${glob} matches ${good}, and not ${bad}`, () => {
      for (const path of good.split(" ")) assert.ok(matches(glob, path), path);
      for (const path of bad.split(" ").filter((text) => text !== "")) assert.ok(!matches(glob, path), path);
    });
  }

  it("is no glob if it is too long, has groups in groups, or stands for too many patterns", () => {
    assert.equal(readGlob(""), undefined);
    assert.equal(readGlob("a".repeat(201)), undefined);
    assert.equal(readGlob("{a,{b,c}}"), undefined);
    assert.equal(readGlob("{a,b}".repeat(7)), undefined);
  });

  it("takes no time that grows with the number of its wildcards", () => {
    const bombs = [`${"*a".repeat(60)}*b`, `${"**/a/".repeat(30)}b`, `${"?*".repeat(60)}b`, "+(a|+(a|+(a|b)))*c"];
    for (const bomb of bombs) for (const path of ["a".repeat(1000), "a/".repeat(500)]) assert.ok(!matches(bomb, path));
  });
});
