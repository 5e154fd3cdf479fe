import type { Metafile } from "esbuild";

/** Writes the files served by src/server/routes/apiDocs.ts to `folder`: the documents, and docs/ with the page. */
export function writeShippedDocs(folder: string): Promise<Metafile>;
