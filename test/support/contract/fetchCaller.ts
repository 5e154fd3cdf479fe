import type { FullCaller } from "./fullScript.ts";
import { type BridgeAddress, callerOf, operations } from "./operations.ts";

/** Plain `fetch`, as any program would call it. */
export function fetchCaller({ url, token }: BridgeAddress): FullCaller {
  const authorization = { Authorization: `Bearer ${token}` };
  return callerOf("fetch", async (id, { path = {}, query = {}, body, headers }) => {
    const [method, template] = operations[id];
    const target = new URL(url + template.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name] ?? "")));
    for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
    const response = await fetch(target, {
      method,
      headers: { ...authorization, ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
    return { status: response.status, data: isJson ? await response.json() : await response.text() };
  });
}
