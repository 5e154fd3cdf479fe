import type { Destination, Receipt, SendLimits } from "../delivery/destination.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer, OutgoingRequest } from "../http/request.ts";
import type { EventType, Fact } from "../outbox/fact.ts";
import type { DestinationPorts } from "../ports.ts";
import { destinationSecret, findSecret } from "../signing/destinationSecret.ts";
import { type CloudEvent, testCloudEvent } from "./cloudEvent.ts";
import { eventsFilter } from "./eventsFilter.ts";
import { askReceiver } from "./heldQuestion.ts";
import { questionOf, type ReplyableQuestion, takeReply } from "./reply.ts";
import { hookDelaysMs } from "./schedule.ts";
import { readWebhookSecret, signatureHeaders, type WebhookSecret } from "./signature.ts";
import { type WebhookMessage, webhookEventOf, webhookMessageOf } from "./webhookMessage.ts";
import type { WebhookSettings } from "./webhookSettings.ts";

/** In characters of the facts of one message. Receivers seldom take more than a mebibyte. */
const MAX_LENGTH = 512 * 1024;
/** Room for the longest answer to a question, with each character escaped. */
const MAX_REPLY_BYTES = 1024 * 1024;
const CONCURRENCY = 4;
/** While a receiver holds a question open for a person, other executions go on. */
const CONCURRENCY_WITH_REPLIES = 16;
/** Longer than a question may be open (`userInput.timeoutMs`), and than the receiver may take. */
const CALL_WITH_REPLIES_MS = 35 * 60_000;

/** Creates a webhook, which sends events to a receiver of the user. */
export function createWebhook(settings: WebhookSettings, ports: DestinationPorts): Destination {
  return new Webhook(settings, ports);
}

class Webhook implements Destination {
  readonly limits: SendLimits;
  readonly retryDelaysMs = hookDelaysMs;
  readonly callTimeoutMs: number | undefined;
  readonly wants: (type: EventType) => boolean;
  readonly #settings: WebhookSettings;
  readonly #ports: DestinationPorts;
  readonly #url: URL;

  constructor(settings: WebhookSettings, ports: DestinationPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#url = new URL(settings.url);
    this.wants = eventsFilter(settings.events);
    this.callTimeoutMs = settings.replies ? CALL_WITH_REPLIES_MS : undefined;
    this.limits = {
      maxFacts: settings.batch,
      maxLength: MAX_LENGTH,
      concurrency: settings.replies ? CONCURRENCY_WITH_REPLIES : CONCURRENCY,
    };
  }

  async send(facts: readonly Fact[], signal: AbortSignal): Promise<Receipt> {
    const [fact, ...others] = facts;
    if (fact === undefined) throw new Error("At least one fact is sent.");
    const question = this.#settings.replies ? questionOf(fact) : undefined;
    if (question !== undefined) return await this.#ask(fact, question, signal);
    const answer = await this.#post([this.#eventOf(fact), ...others.map((other) => this.#eventOf(other))], signal);
    if (answer.status !== 413 && answer.status !== 400 && answer.status !== 422) return this.#receipt(answer);
    return others.length === 0 ? this.#receipt(answer) : await this.#sendSingly(facts, signal);
  }

  async test(signal: AbortSignal): Promise<Receipt> {
    return this.#receipt(await this.#post([testCloudEvent(this.#ports)], signal));
  }

  dispose(): void {
    // Connections are of `ports.send`.
  }

  /** Finds out which events of a refused message the receiver does not take. */
  async #sendSingly(facts: readonly Fact[], signal: AbortSignal): Promise<Receipt> {
    const refused: { id: string; reason: string }[] = [];
    for (const fact of facts) {
      try {
        this.#receipt(await this.#post([this.#eventOf(fact)], signal));
      } catch (error) {
        if (!(error instanceof DeliveryFailure) || error.kind !== "refused") throw error;
        refused.push({ id: fact.id, reason: error.message });
      }
    }
    return { outcome: "sent", detail: "It refused the batch, and got the events one by one.", refused };
  }

  /** Sends a question, and gives the reply of the receiver to the execution. */
  async #ask(fact: Fact, question: ReplyableQuestion, signal: AbortSignal): Promise<Receipt> {
    const { now, send, watchQuestion } = this.#ports;
    const ended = new AbortController();
    const open = watchQuestion(question.executionId, question.questionId, AbortSignal.any([signal, ended.signal]));
    try {
      const event = this.#eventOf(fact);
      if (open === undefined) return this.#receipt(await this.#post([event], signal));
      const replyUntil = new Date(question.until).toISOString();
      const request = await this.#requestFor([{ ...event, data: { ...event.data, replyUntil } }]);
      const { timeoutMs } = this.#settings;
      const patience = Math.max(0, question.until - now()) + timeoutMs;
      const patient = { ...request, timeoutMs: patience, maxAnswerBytes: MAX_REPLY_BYTES };
      const answer = await askReceiver(send, { request: patient, open, timeoutMs }, signal);
      if (answer === undefined) return { outcome: "sent", detail: "The question was answered elsewhere." };
      const { outcome, detail } = this.#receipt(answer);
      return { outcome, detail: `${detail} ${await takeReply(answer, question, this.#ports)}` };
    } finally {
      ended.abort();
    }
  }

  #eventOf(fact: Fact): CloudEvent {
    return webhookEventOf(fact, this.#settings);
  }

  async #post(events: readonly [CloudEvent, ...CloudEvent[]], signal: AbortSignal): Promise<IncomingAnswer> {
    return await this.#ports.send(await this.#requestFor(events), signal);
  }

  async #requestFor(events: readonly [CloudEvent, ...CloudEvent[]]): Promise<OutgoingRequest> {
    const { timeoutMs, headers } = this.#settings;
    const secret = await this.#secret();
    const message = webhookMessageOf(events, this.#settings);
    return {
      method: "POST",
      url: this.#url,
      headers: { ...headers, ...secret.headers, ...message.headers, ...this.#signatureOf(message, secret) },
      body: Buffer.from(message.body),
      timeoutMs,
    };
  }

  /** Signs each attempt with its own time: receivers reject older ones. */
  #signatureOf({ id, body }: WebhookMessage, { keys }: WebhookSecret): Record<string, string> {
    const at = this.#ports.now();
    const { "webhook-signature": signature, ...others } = signatureHeaders({ id, body, at }, keys);
    return signature === undefined || signature === "" ? others : { ...others, "webhook-signature": signature };
  }

  async #secret(): Promise<WebhookSecret> {
    const { signed } = this.#settings;
    const text = await (signed ? destinationSecret("secret", this.#ports) : findSecret(this.#ports));
    const secret = text === undefined ? { keys: [], headers: {} } : readWebhookSecret(text, this.#ports.hide);
    if (!signed || secret.keys.length > 0) return secret;
    throw new DeliveryFailure(
      "blocked",
      "The secret has headers, but no key that signs. Set it with a key, 'whsec_…'.",
    );
  }

  /** @throws DeliveryFailure for anything but a success */
  #receipt(answer: IncomingAnswer): Receipt & { readonly detail: string } {
    const { status } = answer;
    if (status >= 200 && status < 300) return { outcome: "sent", detail: `${this.#url.host} answered ${status}.` };
    const { redact, now } = this.#ports;
    const place = `The receiver at ${this.#url.host}`;
    throw answerFailure(answer, { place, redact, now, kind: status === 410 ? "gone" : undefined });
  }
}
