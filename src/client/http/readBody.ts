import { KiroBridgeError } from "../errors.ts";
import { objectOf } from "./failure.ts";

/** More than the largest response of the bridge: two values of 8 Mi characters, each of which JSON may escape. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** Reads a body as text. @throws KiroBridgeError if it is larger than any of the bridge */
export async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      await reader.cancel();
      throw new KiroBridgeError("INVALID_RESPONSE", "The response is too large.", { status: response.status });
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** Kinds of members that tell a body of the bridge from that of another server. */
export type Shape<T> = Readonly<Partial<Record<keyof T, "string" | "number" | "boolean" | "object">>>;

/**
 * Returns the JSON of a response.
 * @param shape the members that it has in any case
 * @throws KiroBridgeError INVALID_RESPONSE if it is another one
 */
export async function readJson<T extends object>(response: Response, shape: Shape<NoInfer<T>>): Promise<T> {
  const body = objectOf(await readText(response));
  if (body !== undefined && hasShape<T>(body, shape)) return body;
  throw new KiroBridgeError("INVALID_RESPONSE", "The response is not one of Kiro Bridge.", { status: response.status });
}

/** Returns true for an object that has the members of a shape, which makes it a body of the bridge. */
export function hasShape<T extends object>(body: object | undefined, shape: Shape<T>): body is T {
  if (body === undefined) return false;
  const members = new Map<string, unknown>(Object.entries(body));
  return Object.entries(shape).every(([name, kind]) => {
    const value = members.get(name);
    return typeof value === kind && value !== null;
  });
}
