export interface DashboardHtmlOptions {
  /** What `webview.cspSource` says: where the page's own files come from. */
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** Random and used once. */
  readonly nonce: string;
  /** Where it stands: in the side bar, or as an editor. */
  readonly place: "view" | "panel";
}

/**
 * The page of the dashboard. Nothing but our one script and our files may be loaded, nothing may be fetched, and no
 * style attribute works; lit makes its styles by the CSS object model, which needs no permission.
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
