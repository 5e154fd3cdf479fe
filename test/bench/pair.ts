import type { BenchTarget } from "./benchTargets.ts";

/** Lets a program in that may run commands and nothing else, without limits of its own. @returns the same target with its token */
export async function pair({ url, token }: BenchTarget): Promise<BenchTarget> {
  const response = await fetch(new URL("/api/kiro/access/clients", url), {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({
      name: "bench",
      scopes: ["commands:run"],
      limits: { requestsPerMinute: 10_000_000, running: 1000, queued: 10_000 },
    }),
  });
  const created: unknown = await response.json();
  if (typeof created !== "object" || created === null || !("token" in created) || typeof created.token !== "string")
    throw new Error(`No token for the bench: ${response.status} ${JSON.stringify(created)}`);
  return { url, token: created.token };
}
