/** Returns the packages that a file of notices names, with their versions. */
export function noticedPackages(notices: string): string[];
