export interface ProgramOutcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Returns the integrity that the registry has of a version, or undefined. @throws if the registry did not answer */
export function publishedIntegrity(outcome: ProgramOutcome): string | undefined;

/** True if a version of three numbers is before another one. */
export function isOlder(version: string, than: string): boolean;
