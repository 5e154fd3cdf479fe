import { isObject, type Plain, type PlainObject } from "./placeholders.ts";

const PLACEHOLDER = /<([a-z]+) (\d+)>/g;
/** What the fake editor throws: it must arrive as it is. */
const VERBATIM = /verbatim/;
/** Texts for people, whose wording may change. */
const wordings = new Set(["message", "error", "title", "reason", "detail", "description", "token", "advice"]);

/**
 * Compares exchanges with those recorded earlier, and returns what was lost or changed. Objects may have further fields;
 * lists keep their order and length. The numbers of placeholders may differ as long as they name the same things:
 * `<execution 1>` may have become `<execution 3>`, everywhere. One comparer sees all exchanges of an area.
 */
export class ExchangeComparer {
  readonly #nowOf = new Map<string, string>();
  readonly #thenOf = new Map<string, string>();

  compare(recorded: Plain, present: Plain | undefined): string[] {
    return this.#compare(recorded, present, "");
  }

  #compare(then: Plain, now: Plain | undefined, path: string): string[] {
    if (now === undefined) return [`${path} is lost: ${show(then)}`];
    if (Array.isArray(then) && Array.isArray(now)) return this.#compareLists(then, now, path);
    if (isObject(then) && isObject(now)) return this.#compareObjects(then, now, path);
    const isSame = typeof then === "string" && typeof now === "string" ? this.#isSameText(then, now) : then === now;
    return isSame ? [] : [`${path} was ${show(then)} and is ${show(now)}`];
  }

  #compareLists(then: readonly Plain[], now: readonly Plain[], path: string): string[] {
    const found = then.flatMap((item, at) => this.#compare(item, now[at], `${path}[${at}]`));
    return now.length > then.length ? [...found, `${path} has more: ${show(now.slice(then.length))}`] : found;
  }

  #compareObjects(then: PlainObject, now: PlainObject, path: string): string[] {
    return Object.entries(then).flatMap(([name, value]) => {
      const present = now[name];
      return isAllowed(then, name, present)
        ? []
        : this.#compare(value, present, path === "" ? name : `${path}.${name}`);
    });
  }

  /** Equal but for the numbers of placeholders, and those paired one to one. */
  #isSameText(then: string, now: string): boolean {
    if (then.replace(PLACEHOLDER, "<$1>") !== now.replace(PLACEHOLDER, "<$1>")) return false;
    const others = now.match(PLACEHOLDER) ?? [];
    return (then.match(PLACEHOLDER) ?? []).every((placeholder, at) => this.#isPair(placeholder, others[at] ?? ""));
  }

  #isPair(then: string, now: string): boolean {
    if (!this.#nowOf.has(then) && !this.#thenOf.has(now)) {
      this.#nowOf.set(then, now);
      this.#thenOf.set(now, then);
    }
    return this.#nowOf.get(then) === now;
  }
}

/** Whether a field may have its present value although it is another one than before. */
function isAllowed(then: PlainObject, name: string, now: Plain | undefined): boolean {
  const value = then[name];
  if (name === "features" && Array.isArray(value) && Array.isArray(now)) return isSubset(value, now);
  if (typeof value !== "string" || typeof now !== "string") return false;
  // A challenge with further parameters, which clients ignore (RFC 9110 §11.4).
  if (name === "www-authenticate") return now === value || now.startsWith(`${value} `);
  // The alternatives of an enumeration.
  if (name === "expected" && value.includes(" | ")) return isSubset(value.split(" | "), now.split(" | "));
  return isWording(then, name) && isReworded(value, now);
}

function isSubset(then: readonly Plain[], now: readonly Plain[]): boolean {
  return then.every((item) => now.includes(item));
}

/** The message of a chat is what the CLI has answered, and the title of a tool call what the CLI calls it. */
function isWording(object: PlainObject, name: string): boolean {
  if (!wordings.has(name)) return false;
  if (name === "message") return Object.hasOwn(object, "recoverable");
  return name !== "title" || !Object.hasOwn(object, "toolCallId");
}

/** Another sentence that is as good: it quotes nobody, and still begins with the command that was not found. */
function isReworded(then: string, now: string): boolean {
  if (now.trim() === "" || !then.includes(" ") || VERBATIM.test(then)) return false;
  const [notFound] = /^Command '.*?' not found/.exec(then) ?? [];
  return notFound === undefined || now.startsWith(notFound);
}

function show(value: Plain): string {
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
