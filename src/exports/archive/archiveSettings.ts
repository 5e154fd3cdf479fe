import * as z from "zod";
import { commonShape } from "../delivery/commonSettings.ts";

/** Folders in front of the day. No browser or proxy keeps `.` and `..`, and S3 has keys of at most 1024 bytes. */
const prefixSchema = z
  .string()
  .max(200)
  .transform(withoutOuterSlashes)
  .refine(
    (prefix) => prefix.split("/").every((folder) => folder !== "." && folder !== ".."),
    "folders without . and ..",
  )
  .refine((prefix) => prefix === "" || !prefix.includes("//"), "folders that have names")
  .refine((prefix) => !/[\p{Cc}\\]/u.test(prefix), "folders without control characters and backslashes")
  .refine((prefix) => prefix.isWellFormed(), "a text without broken characters");

/** The settings of each kind of archive. */
export const archiveShape = {
  ...commonShape,
  prefix: prefixSchema.default("").describe("Folders in front of the day, such as `kiro/laptop`."),
  gzip: z
    .boolean()
    .default(false)
    .describe("Compresses each object (`Content-Encoding: gzip`). Its name stays the same."),
} as const;

/** The name of a bucket or container. Stores have stricter rules, and say them. */
export const bucketSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,221}$/, "the name of a bucket");

function withoutOuterSlashes(text: string): string {
  const folders = text.split("/");
  const first = folders.findIndex((folder) => folder !== "");
  return folders.slice(Math.max(first, 0), folders.findLastIndex((folder) => folder !== "") + 1).join("/");
}
