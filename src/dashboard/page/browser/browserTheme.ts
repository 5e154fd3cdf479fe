const queries = {
  isDark: matchMedia("(prefers-color-scheme: dark)"),
  hasContrast: matchMedia("(prefers-contrast: more)"),
  hasOwnColors: matchMedia("(forced-colors: active)"),
} as const;

/** Names the theme in the class of the body, as the editor does: styles and charts follow it. The colors are in browser.css. */
export function followTheme(): void {
  const apply = (): void => {
    const { isDark, hasContrast, hasOwnColors } = queries;
    const isHigh = hasContrast.matches || hasOwnColors.matches;
    const [dark, light] = isHigh
      ? ["vscode-high-contrast", "vscode-high-contrast vscode-high-contrast-light"]
      : ["vscode-dark", "vscode-light"];
    document.body.className = isDark.matches ? dark : light;
  };
  for (const query of Object.values(queries)) query.addEventListener("change", apply);
  apply();
}
