/** Returns the path of an execution. */
export function executionPath(id: string): string {
  return `/api/kiro/executions/${encodeURIComponent(id)}`;
}
