import type { CallPart, StepEvent } from "../../../../core/models/step.ts";
import type { Json } from "../../../../protocol/values.ts";
import type { AnswerSize } from "../../answers/answerSize.ts";
import type { VendorFailures } from "../../failures/vendorFailures.ts";
import type { CallDelta } from "./chatChunk.ts";

interface GrowingCall {
  readonly index: number;
  id: string;
  name: string;
  arguments: string;
  extra: Json | undefined;
  hasStarted: boolean;
}

/**
 * The calls of a chat completion while they arrive in pieces. Servers differ: some repeat the name in each piece, some number
 * all calls 0, some give no numbers or no IDs.
 */
export class CallList {
  readonly #size: AnswerSize;
  readonly #calls: GrowingCall[] = [];

  /** @param size gets each call and its arguments */
  constructor(size: AnswerSize) {
    this.#size = size;
  }

  /** Adds a piece. Returns the call that it begins, as soon as it has an ID and a name. @throws ModelFailure `too-large` */
  add(delta: CallDelta): readonly StepEvent[] {
    this.#size.add(delta.function?.arguments ?? "");
    const call = this.#callOf(delta);
    call.id ||= delta.id ?? "";
    call.name ||= delta.function?.name ?? "";
    call.arguments += delta.function?.arguments ?? "";
    call.extra = delta.extra_content ?? call.extra;
    return call.id === "" || call.name === "" ? [] : started(call);
  }

  /** Ends the calls, in the order of their numbers. Returns events for those that have not been reported yet. */
  end(failures: VendorFailures): {
    readonly calls: readonly CallPart[];
    readonly extras: Readonly<Record<string, Json>>;
    events: StepEvent[];
  } {
    const calls = this.#calls.toSorted((a, b) => a.index - b.index);
    const ids = new Set<string>();
    for (const [number, call] of calls.entries()) {
      if (call.name === "") throw failures.ofProtocol("it called a tool without a name");
      if (call.id === "" || ids.has(call.id)) call.id = freeId(`${call.id || "call"}_${number + 1}`, ids);
      ids.add(call.id);
    }
    return {
      calls: calls.map(({ id, name, arguments: args }) => ({ type: "call", id, name, arguments: args })),
      extras: Object.fromEntries(calls.flatMap(({ id, extra }) => (extra === undefined ? [] : [[id, extra]]))),
      events: calls.flatMap(started),
    };
  }

  #callOf({ index, id }: CallDelta): GrowingCall {
    const known = this.#known(index ?? undefined, id ?? "");
    if (known !== undefined) return known;
    this.#size.addPart();
    const call = {
      index: index ?? this.#nextIndex(),
      id: "",
      name: "",
      arguments: "",
      extra: undefined,
      hasStarted: false,
    };
    this.#calls.push(call);
    return call;
  }

  #known(index: number | undefined, id: string): GrowingCall | undefined {
    const last = this.#calls.findLast((call) => index === undefined || call.index === index);
    if (id === "" || last === undefined || last.id === "" || last.id === id) return last;
    return this.#calls.find((call) => call.id === id && (index === undefined || call.index === index));
  }

  #nextIndex(): number {
    return Math.max(-1, ...this.#calls.map(({ index }) => index)) + 1;
  }
}

function started(call: GrowingCall): readonly StepEvent[] {
  if (call.hasStarted) return [];
  call.hasStarted = true;
  return [{ type: "call-started", id: call.id, name: call.name }];
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  return taken.has(id) ? freeId(`${id}_`, taken) : id;
}
