import { createHash } from "node:crypto";

/** Longer tokens are replaced by their digest, since a server closes connections with a protocol line above 4 KiB. */
const MAX_TOKEN_LENGTH = 40;
const DIGEST_LENGTH = 22;
const MAX_KNOWN = 2000;
/** Ends each subject of a topic, so that `a.>` has `a` as well, as `a/**` does. */
const END = "$";
/** In place of a plugin's name: to all. No plugin can have this name. */
const TO_ALL = "_";

/** `live` messages are forwarded once; `durable` ones are in the stream as well. */
export type Kind = "live" | "durable";

const kinds: Readonly<Record<Kind, string>> = { live: "t", durable: "d" };

/**
 * Subjects of one bus on a server: `<prefix>.<kind>.<plugin, or _>.<topic>.$`. A subject may be wider than its pattern
 * and may, in theory, be the same for two topics: receivers compare the topic in the envelope.
 */
export class Subjects {
  readonly #prefix: string;
  /** The most recent subjects of messages. */
  readonly #known = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** All durable messages: what the stream stores. */
  get allDurable(): string {
    return `${this.#prefix}.${kinds.durable}.>`;
  }

  ofMessage(kind: Kind, topic: string, destination: string): string {
    const key = `${kinds[kind]} ${destination} ${topic}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const subject = this.#compose(kind, topic, destination);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(key, subject);
    return subject;
  }

  #compose(kind: Kind, topic: string, destination: string): string {
    const to = destination === "*" ? TO_ALL : tokenOf(destination);
    return `${this.#prefix}.${kinds[kind]}.${to}.${topic.split("/").map(tokenOf).join(".")}.${END}`;
  }

  /** Messages of a pattern to all, and those to one plugin, of either kind. */
  ofPattern(pattern: string, name: string): readonly string[] {
    const topics = topicsOf(pattern);
    return [TO_ALL, tokenOf(name)].map((to) => `${this.#prefix}.*.${to}.${topics}`);
  }

  /** Receives the responses to the requests of one client. */
  ofInbox(clientId: string, request: string): string {
    return `${this.#prefix}.i.${clientId}.${request}`;
  }

  isInbox(subject: string | undefined): boolean {
    return subject?.startsWith(`${this.#prefix}.i.`) ?? false;
  }

  /** Receives the names of requests that their requesters have canceled. */
  get canceled(): string {
    return `${this.#prefix}.c`;
  }

  /** Receives questions about the presence of a client. */
  ofPresence(clientId: string): string {
    return `${this.#prefix}.l.${clientId}`;
  }

  /** A durable message for one consumer alone, which its subject reaches through the wildcard of `ofDurablePattern`. */
  ofConsumer(consumerId: string, topic: string): string {
    return `${this.#prefix}.${kinds.durable}.${consumerToken(consumerId)}.${topicsOf(topic)}`;
  }

  /** Returns true if the subject of a durable message is to all, to this plugin, or to this consumer. */
  isFor(subject: string, name: string, consumerId: string): boolean {
    const to = subject.split(".", 3)[2];
    return to === TO_ALL || to === tokenOf(name) || to === consumerToken(consumerId);
  }

  /** All dead letters: what their stream stores. */
  get allDeadLetters(): string {
    return this.ofDeadLetter("*");
  }

  ofDeadLetter(id: string): string {
    return `${this.#prefix}.x.${id}`;
  }

  /** Durable messages of a pattern to any destination, since a consumer of an older server has one filter. */
  ofDurablePattern(pattern: string): string {
    return `${this.#prefix}.${kinds.durable}.*.${topicsOf(pattern)}`;
  }
}

/** Everything after the first `**` is left to the receiver. */
function topicsOf(pattern: string): string {
  const segments = pattern.split("/");
  const rest = segments.indexOf("**");
  const tokens = (rest < 0 ? segments : segments.slice(0, rest)).map((each) => (each === "*" ? each : tokenOf(each)));
  return [...tokens, rest < 0 ? END : ">"].join(".");
}

/** Returns true if the subjects of a pattern are those of its topics, and no others. */
export function isExact(pattern: string): boolean {
  const segments = pattern.split("/");
  const isDigested = segments.some((segment) => tokenOf(segment).startsWith("~"));
  return !isDigested && segments.slice(0, -1).every((segment) => segment !== "**");
}

/** No name of a plugin has this as its token. */
function consumerToken(consumerId: string): string {
  return `=${consumerId}`;
}

/** Returns a token for any text: letters, digits, `-` and `_` as they are, other characters as `%` and two digits. */
export function tokenOf(segment: string): string {
  const token = encodeURIComponent(segment.toWellFormed()).replaceAll(
    /[.!~*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return token.length <= MAX_TOKEN_LENGTH ? token : `~${digestOf(segment)}`;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, DIGEST_LENGTH);
}
