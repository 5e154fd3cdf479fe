/**
 * Compiles a pattern in which `*` stands for any text, the empty one included, and every other character for itself.
 * Matching takes each literal part where it is found first and never goes back: no text makes it slower than the length
 * of the text times that of the pattern.
 */
export function wildcard(pattern: string): (text: string) => boolean {
  const [head = "", ...parts] = pattern.split("*");
  const tail = parts.pop();
  if (tail === undefined) return (text) => text === pattern;
  return (text) => {
    const end = text.length - tail.length;
    if (end < head.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
    let at = head.length;
    for (const part of parts) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
