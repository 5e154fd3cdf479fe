import assert from "node:assert/strict";
import { dashboardHtml } from "../../../../src/host/dashboard/dashboardHtml.ts";

describe("dashboardHtml", () => {
  const html = dashboardHtml({
    cspSource: "vscode-webview:",
    scriptUri: "s.js",
    styleUri: "s.css",
    nonce: "abc",
    place: "view",
    language: "de",
    texts: { Off: 'Aus "<script>" & mehr' },
  });

  it("allows only its script and its own files", () => {
    const policy = /content="(default-src[^"]+)"/.exec(html)?.[1] ?? "";
    assert.match(
      policy,
      /^default-src 'none'; script-src 'nonce-abc'; style-src vscode-webview:; font-src vscode-webview:;/,
    );
    assert.ok(!policy.includes("unsafe"));
  });

  it("has no style attribute and no handler in it", () => {
    assert.ok(!/\sstyle=|\son\w+=/.test(html));
    assert.equal(html.match(/<script/g)?.length, 1);
  });

  it("has the texts of its language, without markup", () => {
    assert.match(html, /^<!DOCTYPE html>\n<html lang="de">/);
    const [, content = ""] = /<meta name="l10n" content="([^"]*)">/.exec(html) ?? [];
    assert.equal(content, "{&quot;Off&quot;:&quot;Aus \\&quot;&lt;script>\\&quot; &amp; mehr&quot;}");
  });
});
