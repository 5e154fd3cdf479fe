export interface ReleaseFiles {
  readonly vsix: string;
  readonly npmPackage: string;
  readonly sums: string;
  readonly all: readonly string[];
}

export declare const releaseFolder: string;

/** Returns the names of the files of a release. */
export function releaseFiles(version: string): ReleaseFiles;

/** Returns the name of the list of the packages that a file contains. */
export function contentsOf(file: string): string;

/** Returns the checksum of a file, as hexadecimal digits. */
export function sha256Of(file: string): string;

/** Writes the checksums of all files of a folder. */
export function writeChecksums(folder: string): void;

/** Returns the paths of the files of a release. @throws if the folder has others, or one differs from its checksum */
export function verifyRelease(version: string, folder?: string): ReleaseFiles;
