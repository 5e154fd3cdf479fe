/** A commit of this repository at which a part of the bridge was complete. */
export interface EarlierVersion {
  readonly name: string;
  readonly commit: string;
  /** The version that its package gets: none was published, and an update goes to a higher one. */
  readonly version: string;
}

/** Oldest first: each has formats of files or protocols that the ones before it had not. */
export const earlierVersions: readonly EarlierVersion[] = [
  { name: "first", commit: "011e9bb1d8b6b924283302e4b049dfc36cdd2369", version: "0.0.1" },
  { name: "seams", commit: "d3304ba974b6c3a8f44e10c12729c61f80025d9a", version: "0.0.2" },
  { name: "access", commit: "d95e34451de2129bda8744fa25f2a280c4bf217e", version: "0.0.3" },
  { name: "windows", commit: "060aa911846698f5eb911568ed8f6b9c66b174f7", version: "0.0.4" },
  { name: "plugins", commit: "2f0d3d14d8f174a785f0bf8f84c917e4cf8e89b0", version: "0.0.5" },
  { name: "gateways", commit: "1180caa187ba841044a43fb72364665e8a457d94", version: "0.0.6" },
  { name: "models", commit: "af367c0493f5ca12f8540367e2f77a85f121a21a", version: "0.0.7" },
  { name: "exports", commit: "2d16effc7912e2730d0adae3e7c5387b14e0d41d", version: "0.0.8" },
];

/** Returns the version with this name. @throws Error with the names that there are */
export function versionNamed(name: string): EarlierVersion {
  const found = earlierVersions.find((version) => version.name === name);
  if (found !== undefined) return found;
  throw new Error(`There is no version "${name}"; there are: ${earlierVersions.map((it) => it.name).join(", ")}.`);
}
