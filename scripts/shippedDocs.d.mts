/** Writes the files served by src/server/routes/apiDocs.ts to `folder`: openapi.json, and docs/ with Swagger UI. */
export function writeShippedDocs(folder: string): Promise<void>;
