/** Writes the type declarations of the npm package to a folder. */
export function writeDeclarations(folder: string): void;
