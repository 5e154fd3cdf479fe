/** A request that anybody can paste into a terminal; on Windows into the Command Prompt: PowerShell 5 passes
 * no quotes on, in any spelling. */
export function curlLine(url: string, token: string | undefined, body: object, platform: NodeJS.Platform): string {
  const headers = [
    "Content-Type: application/json",
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
  ];
  const flags = headers.map((header) => `-H "${header}"`).join(" ");
  return `${platform === "win32" ? "curl.exe" : "curl"} -sS ${flags} -d ${quoted(JSON.stringify(body), platform)} ${url}/api/kiro/execute`;
}

function quoted(json: string, platform: NodeJS.Platform): string {
  return platform === "win32" ? `"${json.replaceAll('"', '\\"')}"` : `'${json.replaceAll("'", `'\\''`)}'`;
}
