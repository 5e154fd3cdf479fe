import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { repositoryRoot } from "../editor/paths.ts";

const storeSchema = z.looseObject({ endpoint: z.url(), region: z.string(), checksum: z.boolean().default(true) });

/** The settings that docs/exports.md names for stores that speak S3, by the names of the stores. */
export function documentedStores(): ReadonlyMap<string, z.infer<typeof storeSchema>> {
  const text = readFileSync(join(repositoryRoot, "docs/exports.md"), "utf8");
  const rows = [...text.matchAll(/^\| ([^|]+) \| `("endpoint": [^`]+)` \|/gm)];
  if (rows.length === 0) throw new Error("docs/exports.md names no stores that speak S3.");
  return new Map(
    rows.map(([, name = "", settings = ""]) => [
      name,
      storeSchema.parse(JSON.parse(`{${settings.replace("{account}", "0123abcd")}}`)),
    ]),
  );
}
