export interface VersionFacts {
  readonly version: string;
  /** The version of each package, by its file. */
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly changelog: string;
}

export interface ReleaseState {
  readonly tag: string;
  readonly tagCommit: string;
  readonly headCommit: string;
  readonly changedFiles: readonly string[];
  readonly workflowRepository: string | undefined;
}

/** Returns what is wrong with the versions of the repository, whether there is a release or not. */
export function versionProblems(facts: VersionFacts): string[];

/** Returns what is wrong with a release, in addition. */
export function releaseProblems(
  facts: VersionFacts & { readonly repository: string; readonly now: number },
  state: ReleaseState,
): string[];
