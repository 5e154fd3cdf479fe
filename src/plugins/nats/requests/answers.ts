import { startDeadline } from "../../../base/deadline.ts";
import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import type { Packet, ReplyPort } from "../../bus/transport.ts";
import type { NatsLink } from "../link.ts";
import type { Subjects } from "../subjects.ts";
import { encodeFrame, type Frame } from "./frames.ts";

/** A response that comes sooner needs no further message. */
const TAKEN_MS = 5;
/** Time for the requester's own cancel, after the time that it waits. */
const SLACK_MS = 1000;
const DEFAULT_TIMEOUT_MS = 30_000;

export interface AnswersDeps {
  readonly link: NatsLink;
  readonly subjects: Subjects;
  readonly clientId: string;
}

/** The requests of others that subscriptions of this process have received and not answered. */
export class Answers implements Disposable {
  readonly #deps: AnswersDeps;
  readonly #open = new Map<string, Answer>();
  readonly #endings: readonly Disposable[];

  constructor(deps: AnswersDeps) {
    this.#deps = deps;
    const { link, subjects, clientId } = deps;
    this.#endings = [
      link.subscribe(subjects.canceled, undefined, (message) => this.#open.get(message.string())?.end()),
      link.subscribe(subjects.ofPresence(clientId), undefined, ({ reply }) => {
        if (reply !== undefined && reply !== "") link.connection?.publish(reply, "");
      }),
      // Their requesters have lost this client, and take the requests for failed.
      link.onDidDisconnect(() => this.#endAll()),
    ];
  }

  /** Returns the answer to the request, to which a client may deliver more than once, for different subjects. */
  of(reply: string, packet: Packet): Answer {
    const known = this.#open.get(reply);
    if (known !== undefined) return known;
    const { link, clientId } = this.#deps;
    const answer = new Answer({
      send: (frame) => link.publish({ subject: reply, data: encodeFrame(frame) }),
      onEnd: () => this.#open.delete(reply),
      clientId,
      timeoutMs: (packet.message.metadata.timeout ?? DEFAULT_TIMEOUT_MS) + SLACK_MS,
    });
    this.#open.set(reply, answer);
    return answer;
  }

  dispose(): void {
    for (const ending of this.#endings) void ending.dispose();
    for (const answer of this.#open.values()) answer.abandon();
  }

  #endAll(): void {
    for (const answer of this.#open.values()) answer.end();
  }
}

interface AnswerDeps {
  send(frame: Frame): Promise<void> | undefined;
  readonly onEnd: () => void;
  readonly clientId: string;
  readonly timeoutMs: number;
}

type AnswerState = { readonly kind: "open"; ports: number; wasTaken: boolean } | { readonly kind: "ended" };

/** The answer of this process to one request, for which each receiver has a port: the first response counts. */
class Answer {
  readonly #deps: AnswerDeps;
  readonly #ended = new AbortController();
  readonly #deadline: Disposable;
  #check: Disposable | undefined;
  #state: AnswerState = { kind: "open", ports: 0, wasTaken: false };

  constructor(deps: AnswerDeps) {
    this.#deps = deps;
    this.#deadline = startDeadline(deps.timeoutMs, () => this.end());
  }

  port(): ReplyPort {
    const state = this.#state;
    if (state.kind === "open") {
      state.ports += 1;
      state.wasTaken = true;
    }
    const leave = toDisposable(() => this.#portLeft());
    const isOpen = (): boolean => this.#state.kind === "open";
    return {
      signal: this.#ended.signal,
      get isOpen() {
        return isOpen();
      },
      respond: (payload) => this.#respond(payload),
      progress: (payload) => (isOpen() ? this.#deps.send({ kind: "progress", payload }) : undefined),
      abandon: () => void leave.dispose(),
    };
  }

  /** The receivers of one subject have their ports; those of another one may follow. */
  delivered(): void {
    this.#check ??= startDeadline(TAKEN_MS, () => this.#report());
  }

  /** Ends, and tells the requester that no response will come. */
  abandon(): void {
    if (this.#state.kind === "ended") return;
    this.#tell({ kind: "abandoned", client: this.#deps.clientId });
    this.end();
  }

  /** Ends without a response: nobody waits for it. */
  end(): void {
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "ended" };
    void this.#deadline.dispose();
    void this.#check?.dispose();
    this.#deps.onEnd();
    this.#ended.abort();
  }

  #respond(payload: unknown): Promise<void> | undefined {
    if (this.#state.kind === "ended") return undefined;
    const sent = this.#deps.send({ kind: "response", payload });
    this.end();
    return sent;
  }

  #portLeft(): void {
    if (this.#state.kind === "ended") return;
    this.#state.ports -= 1;
    if (this.#check === undefined) this.#report();
  }

  #report(): void {
    this.#check = undefined;
    if (this.#state.kind === "ended") return;
    const { ports, wasTaken } = this.#state;
    const client = this.#deps.clientId;
    if (ports > 0) return this.#tell({ kind: "taken", client });
    this.#tell({ kind: wasTaken ? "abandoned" : "refused", client });
    this.end();
  }

  #tell(frame: Frame): void {
    try {
      void this.#deps.send(frame)?.catch(() => undefined);
    } catch {
      // The requester learns from the lost connection.
    }
  }
}
