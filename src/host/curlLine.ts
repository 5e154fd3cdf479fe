/**
 * A request that anybody can paste into a terminal; on Windows into the Command Prompt: PowerShell 5 passes no quotes on,
 * in any spelling. Elsewhere the token goes through a pipe, from a built-in of the shell: every user of the machine can
 * read the arguments of a program, which Windows does not allow.
 * @param token or what a shell makes into one inside double quotes
 */
export function curlLine(url: string, token: string | undefined, body: object, platform: NodeJS.Platform): string {
  const isWindows = platform === "win32";
  const request = `-H "Content-Type: application/json" -d ${quoted(JSON.stringify(body), platform)} ${url}/api/kiro/execute`;
  const program = `${isWindows ? "curl.exe" : "curl"} -sS`;
  if (token === undefined) return `${program} ${request}`;
  const header = `"Authorization: Bearer ${token}"`;
  return isWindows ? `${program} -H ${header} ${request}` : `printf %s ${header} | ${program} -H @- ${request}`;
}

function quoted(json: string, platform: NodeJS.Platform): string {
  return platform === "win32" ? `"${json.replaceAll('"', '\\"')}"` : `'${json.replaceAll("'", `'\\''`)}'`;
}
