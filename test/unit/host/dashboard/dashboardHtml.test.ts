import assert from "node:assert/strict";
import { dashboardHtml } from "../../../../src/host/dashboard/dashboardHtml.ts";

describe("dashboardHtml", () => {
  const html = dashboardHtml({
    cspSource: "vscode-webview:",
    scriptUri: "s.js",
    styleUri: "s.css",
    nonce: "abc",
    place: "view",
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
});
