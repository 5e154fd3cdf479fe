export interface DashboardHtmlOptions {
  /** `webview.cspSource`: the origin of the page's own files. */
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** Random, and used once. */
  readonly nonce: string;
  /** The side bar, or an editor. */
  readonly place: "view" | "panel";
  /** The language of the texts, such as `de`. */
  readonly language: string;
  /** The texts by the English ones. Empty for English. */
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * Returns the page of the dashboard. Its policy allows one script and the files of the extension, no requests and no style
 * attributes; lit creates its styles through the CSS object model, which the policy does not restrict. The texts of its
 * language are in it, so that none is ever shown in another one.
 */
export function dashboardHtml(options: DashboardHtmlOptions): string {
  const { cspSource, scriptUri, styleUri, nonce, place, language, texts } = options;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="l10n" content="${escaped(JSON.stringify(texts))}">
<title>Kiro Bridge</title>
<link rel="stylesheet" href="${styleUri}">
</head>
<body>
<kiro-dashboard place="${place}"></kiro-dashboard>
<script nonce="${nonce}" src="${scriptUri}"></script>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
