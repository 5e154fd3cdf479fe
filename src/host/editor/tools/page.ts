interface PageRequest {
  readonly limit: number;
  readonly offset: number;
}

/** Returns one page of a list, with the fields that every paged result has. */
export function pageOf<T>(
  entries: readonly T[],
  { limit, offset }: PageRequest,
): { entries: T[]; total: number; nextOffset?: number } {
  const end = offset + limit;
  const total = entries.length;
  return { entries: entries.slice(offset, end), total, ...(end < total && { nextOffset: end }) };
}
