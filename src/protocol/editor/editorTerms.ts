/** Severities of the editor's problems, the most severe first, in the editor's own order. */
export const diagnosticSeverities = ["error", "warning", "information", "hint"] as const;

/** Maximum number of entries in one result of a command of the editor for programs. */
export const MAX_ENTRIES = 1000;
