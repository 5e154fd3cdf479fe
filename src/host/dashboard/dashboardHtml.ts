export interface DashboardHtmlOptions {
  /** `webview.cspSource`: the origin of the page's own files. */
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** Random, and used once. */
  readonly nonce: string;
  /** The side bar, or an editor. */
  readonly place: "view" | "panel";
}

/**
 * Returns the page of the dashboard. Its policy allows one script and the files of the extension, no requests and no style
 * attributes; lit creates its styles through the CSS object model, which the policy does not restrict.
 */
export function dashboardHtml({ cspSource, scriptUri, styleUri, nonce, place }: DashboardHtmlOptions): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kiro Bridge</title>
<link rel="stylesheet" href="${styleUri}">
</head>
<body>
<kiro-dashboard place="${place}"></kiro-dashboard>
<script nonce="${nonce}" src="${scriptUri}"></script>
</body>
</html>`;
}
