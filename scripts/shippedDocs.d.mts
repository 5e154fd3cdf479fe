/** Puts the files that src/server/routes/apiDocs.ts serves into `folder`: openapi.json, and docs/ with Swagger UI. */
export function writeShippedDocs(folder: string): Promise<void>;
