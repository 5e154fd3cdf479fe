/**
 * Runs something without a variable of the environment. The constructors of both SDKs read headers from one that may be meant
 * for another server, and fail on it if it is malformed.
 */
export function withoutVariable<T>(name: string, run: () => T): T {
  const value = process.env[name];
  delete process.env[name];
  try {
    return run();
  } finally {
    if (value !== undefined) process.env[name] = value;
  }
}
