import type { EngineSettings } from "../../engines/engineSettings.ts";

/** The headers that can have the key of an engine. */
type KeyHeader = NonNullable<EngineSettings["keyHeader"]>;
const keyHeaders: readonly KeyHeader[] = ["authorization", "x-api-key", "api-key"];

/** Amazon Bedrock, whose keys are bearer tokens in every protocol. */
const AWS = /\.(?:amazonaws\.com|api\.aws)$/;

/** Returns the header in which the vendor of an engine expects its key: as the settings say, or by vendor and protocol. */
export function keyHeaderOf({ wire, auth, apiVersion, baseUrl, keyHeader }: EngineSettings): KeyHeader {
  if (keyHeader !== undefined) return keyHeader;
  if (auth.kind === "entra") return "authorization";
  if (wire === "anthropic") return AWS.test(hostOf(baseUrl)) ? "authorization" : "x-api-key";
  return apiVersion === undefined ? "authorization" : "api-key";
}

/** Sets the key of a request, in place of whatever key it has. */
export function setKey(headers: Headers, name: KeyHeader, key: string | undefined): void {
  for (const other of keyHeaders) headers.delete(other);
  if (key !== undefined) headers.set(name, name === "authorization" ? `Bearer ${key}` : key);
}

function hostOf(url: string | undefined): string {
  return url === undefined ? "" : new URL(url).hostname;
}
