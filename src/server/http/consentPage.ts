import type { PairRequest } from "../../protocol/pairing.ts";

export const CONSENT_CSS = `body { font: 1rem/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 36rem; padding: 0 1rem; }
code { font-size: 2rem; letter-spacing: 0.1em; }
@media (prefers-color-scheme: dark) { body { background: #1e1e1e; color: #ddd; } }
`;

/**
 * Renders the page that waits for the user's decision in the editor. It has no script: it loads its own address again, which
 * responds when the user has decided. Nothing on the page can decide.
 */
export function consentPage({ name, code, scopes }: PairRequest, path: string): string {
  const items = scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join("");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="refresh" content="1; url=${escapeHtml(path)}">
    <title>Kiro Bridge</title>
    <link rel="stylesheet" href="/oauth/consent.css">
  </head>
  <body>
    <h1>Decide in your editor</h1>
    <p><strong>${escapeHtml(name)}</strong> asks to use Kiro Bridge. Your editor shows the same request with this code:</p>
    <p><code>${escapeHtml(code)}</code></p>
    <p>Allow it there only if the codes are equal and you have started this program. It asks for:</p>
    <ul>${items}</ul>
    <p>This page continues when you have decided.</p>
  </body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
