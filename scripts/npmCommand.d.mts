/** A program call that runs npm with the given arguments. `shell` is needed where npm is a batch file. */
export function npmCommand(args: string[]): { command: string; args: string[]; shell: boolean };
