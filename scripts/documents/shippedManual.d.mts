/** Writes docs/exports.md and docs/manual to `folder`, with links that work there. */
export function writeShippedManual(folder: string): Promise<void>;
