/** Anything that JSON can carry, as read. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainObject;
export interface PlainObject {
  readonly [key: string]: Plain;
}

export function isObject(value: Plain | undefined): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as text: a text as it is. */
export function textOf(value: Plain | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

const patterns: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ["execution", /exec-\d+-\d+-[a-z0-9]{6}/g],
  ["session", /\bsess-\d+\b/g],
  ["question", /\bq-[0-9a-f]{16}\b/g],
  ["client", /\bclient-\d+-\d+\b/g],
  ["uuid", /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g],
  ["token", /\bkbt_[a-z\d]{12}_[\w-]{43}/g],
  ["oauthToken", /\bkb[ar]_[a-z\d]{12}_[\w-]{43}/g],
  ["oauthClient", /\bkbc_[\w-]{20,}/g],
  ["consent", /(?<=\/oauth\/consent\/)[\w-]{32}/g],
  ["authorizationCode", /(?<=\bcode=)[\w-]{20,}/g],
  ["pairing", /(?<=\/api\/kiro\/pair\/)[\w-]{43}/g],
  ["code", /\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b/g],
  ["access", /(?<=\/access\/clients\/)[a-z\d]{12}\b/g],
  ["ticket", /(?<=\bticket=)[\w-]{43}/g],
  ["tool", /\btooluse_\w+/g],
  ["gateway", /\b[a-z]+[_-][0-9a-f]{32}(?:_\d+)?\b/g],
  ["trace", /^[0-9a-f]{32}$/g],
  ["span", /^[0-9a-f]{16}$/g],
  ["busSession", /^(?=.*[a-z])(?=.*[A-Z])[\w-]{22}(?=$|:)/g],
];
const NOW = /\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
const MAX_TEXT = 1500;

type Words = readonly (readonly [word: string, placeholder: string])[];

/** Fields that name a place in the sequence of events. */
const eventIds = new Set(["eventId", "lastEventId", "since", "from", "to"]);
/** Fields that measure, or that differ with the machine. */
const measured = new Set([
  "client_id_issued_at",
  "created",
  "created_at",
  "completed_at",
  "expires_in",
  "executionTimeMs",
  "elapsedMs",
  "uptime",
  "pid",
  "port",
]);
/** Random secrets. */
const secrets = new Set(["ticket", "proof"]);

/**
 * Replaces what differs from run to run. Equal ids get equal placeholders (`<execution 1>`), numbered as they appear, so that
 * an answer which names another execution than before is still seen.
 */
export class Placeholders {
  readonly #known = new Map<string, Map<string, number>>();
  readonly #words: () => Words;

  /** @param words what else to replace, longer ones first; it may change with each life of the bridge */
  constructor(words: () => Words) {
    this.#words = words;
  }

  text(text: string): string {
    let result = text.replace(NOW, "<time>");
    for (const [word, placeholder] of this.#words()) result = result.replaceAll(word, placeholder);
    for (const [kind, pattern] of patterns) result = result.replace(pattern, (id) => this.#of(kind, id));
    return result.length > MAX_TEXT ? `${result.slice(0, 60)}… <${result.length} characters>` : result;
  }

  /** The id of an event; 0 is the place before the first. */
  event(id: number): Plain {
    return id === 0 ? 0 : this.#of("event", String(id));
  }

  /** `<epoch>:<id of an event>`, or the id alone. */
  cursor(id: string): Plain {
    const [, epoch = "", number = ""] = /^(.*:)?(\d+)$/.exec(id) ?? [];
    return number === "" ? this.text(id) : `${this.text(epoch)}${textOf(this.event(Number(number)))}`;
  }

  json(value: unknown, key = ""): Plain {
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    if (typeof value === "object" && value !== null) return this.#object(value);
    if (typeof value === "string" && key.toLowerCase() === "last-event-id") return this.cursor(value);
    if (typeof value === "string" && key === "id" && /^[a-z\d]{12}$/.test(value)) return this.#of("access", value);
    if (typeof value === "string") return secrets.has(key) ? this.#of(key, value) : this.#string(value);
    if (typeof value === "number" && eventIds.has(key)) return this.event(value);
    if (typeof value === "number" && measured.has(key)) return `<${key}>`;
    return typeof value === "number" || typeof value === "boolean" ? value : null;
  }

  #object(object: object): Plain {
    // What is left of the time for an answer.
    const isQuestion = Object.hasOwn(object, "questionId");
    return Object.fromEntries(
      Object.entries(object).map(([name, item]) => [
        name,
        isQuestion && name === "timeoutMs" ? "<timeoutMs>" : this.json(item, name),
      ]),
    );
  }

  /** JSON within a text is read too, so that a field which it gains is an additional field. */
  #string(text: string): Plain {
    if (/^[{[]/.test(text) && text.length <= MAX_TEXT) {
      try {
        const inner: unknown = JSON.parse(text);
        if (JSON.stringify(inner) === text) return { $json: this.json(inner) };
      } catch {
        // It is a text after all.
      }
    }
    return this.text(text);
  }

  #of(kind: string, id: string): string {
    const ids = this.#known.get(kind) ?? new Map<string, number>();
    this.#known.set(kind, ids);
    const number = ids.get(id) ?? ids.size + 1;
    ids.set(id, number);
    return `<${kind} ${number}>`;
  }
}
