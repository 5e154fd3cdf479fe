/**
 * Formats a request as a command line for a terminal; on Windows for the Command Prompt, since PowerShell 5 does not pass
 * quotes on. Elsewhere a builtin of the shell pipes the token to curl, because every user of the machine can read the
 * arguments of a program; Windows does not allow that.
 * @param token the token, or a shell variable that is expanded inside double quotes
 */
export function curlLine(url: string, token: string | undefined, body: object, platform: NodeJS.Platform): string {
  const isWindows = platform === "win32";
  const request = `-H "Content-Type: application/json" -d ${quoted(JSON.stringify(body), platform)} ${url}/api/kiro/execute`;
  const program = `${isWindows ? "curl.exe" : "curl"} -sS`;
  if (token === undefined) return `${program} ${request}`;
  const header = `"Authorization: Bearer ${token}"`;
  return isWindows ? `${program} -H ${header} ${request}` : `printf %s ${header} | ${program} -H @- ${request}`;
}

/** A request that every editor can run. */
export const SAMPLE_REQUEST = { command: "workbench.action.files.newUntitledFile" };

/** Returns a shell variable in place of the token. */
export function tokenVariable(platform: NodeJS.Platform): string {
  return platform === "win32" ? "%TOKEN%" : "$TOKEN";
}

/** Control characters that a terminal could interpret. */
const CONTROLS = /[\x7f-\x9f]/g;
/**
 * Characters that the Command Prompt interprets, even inside quotes, or that end an argument of a program on Windows. None
 * is punctuation of JSON, so they occur only inside strings, where they can be escaped as `\u` sequences.
 */
const WINDOWS_SPECIALS = /\\["\\]|[&|<>^%!()]/g;

/** Quotes a request as one argument. Its text is not trusted: pasted into a shell, it must not be interpreted. */
function quoted(json: string, platform: NodeJS.Platform): string {
  const plain = json.replace(CONTROLS, escaped);
  return platform === "win32"
    ? `"${plain.replace(WINDOWS_SPECIALS, escaped).replaceAll('"', '\\"')}"`
    : `'${plain.replaceAll("'", `'\\''`)}'`;
}

function escaped(match: string): string {
  return `\\u${match
    .charCodeAt(match.length - 1)
    .toString(16)
    .padStart(4, "0")}`;
}
