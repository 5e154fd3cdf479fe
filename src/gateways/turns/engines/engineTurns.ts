import type { Dispatcher } from "../../../core/commands/dispatcher.ts";
import { engineCommand, type EngineDirectory } from "../../../core/models/engineDirectory.ts";
import type { ModelCall } from "../../../core/models/modelCall.ts";
import type { Logger } from "../../../base/logger.ts";
import { inputTokensOf } from "../answer/tokens.ts";
import { shownPromptOf } from "../session/history.ts";
import { NO_SESSION } from "../session/ownKeys.ts";
import { assertTools } from "../tools/wantedTools.ts";
import type { TurnRequest, TurnResponse } from "../turn.ts";
import type { TurnSettings } from "../turnSettings.ts";
import { newId } from "../windowIds.ts";
import { ModelReply } from "./modelReply.ts";
import { OpaqueParts } from "./opaqueParts.ts";
import { modelOf, type SelectedEngine } from "./selectedEngine.ts";
import { stepRequestOf } from "./stepRequest.ts";
import { withdraw } from "./withdraw.ts";

export interface EngineTurnsDeps {
  readonly engines: EngineDirectory;
  readonly dispatcher: Pick<Dispatcher, "submit" | "withdraw">;
  readonly settings: () => Pick<TurnSettings, "gateways.activity">;
  readonly windowId: string;
  readonly logger: Logger;
}

/**
 * The requests of clients to models of another protocol. Each is one execution; equal ones run again, because a model does
 * nothing but answer.
 */
export class EngineTurns {
  readonly #deps: EngineTurnsDeps;
  readonly #opaque = new OpaqueParts();

  constructor(deps: EngineTurnsDeps) {
    this.#deps = deps;
  }

  /** @throws BridgeError see `Turns.respond` */
  async respond(turn: TurnRequest, selected: SelectedEngine): Promise<TurnResponse> {
    const { engines, dispatcher, settings } = this.#deps;
    const { caller, messages, tools, workspacePath } = turn;
    const { id: principalId } = caller.principal;
    assertTools(tools);
    const { request, names } = stepRequestOf(turn, {
      model: await modelOf(selected, engines),
      findParts: (sent) => this.#opaque.find(principalId, sent),
    });
    const reply = new ModelReply({
      names,
      showsReasoning: settings()["gateways.activity"] === "reasoning",
      takesOneCall: turn.takesOneCall === true,
      onResult: ({ parts }) => this.#opaque.keep(principalId, parts),
    });
    const call: ModelCall = { kind: "step", request, onEvent: (event) => reply.take(event) };
    const execution = await dispatcher.submit(
      {
        command: engineCommand(selected.engine.id, "complete"),
        args: [shownPromptOf(messages)],
        ...(workspacePath !== undefined && { workspacePath }),
        turn: { content: [], call },
      },
      caller,
    );
    void execution.settled.then(() => reply.settle(execution));
    return {
      id: newId(this.#deps.windowId),
      executionId: execution.id,
      agent: selected.engine.id,
      estimated: [],
      session: undefined,
      createdAt: Date.now(),
      key: NO_SESSION,
      inputTokens: inputTokensOf(messages, tools),
      accepted: reply.accepted,
      ignored: ignoredOf(turn),
      pieces: (signal) => reply.queue.read(signal),
      arrived: () => reply.queue.close(),
      leave: () => {
        reply.queue.close();
        withdraw(this.#deps, execution.id);
      },
    };
  }
}

/** Models have no sessions, and may be asked twice. */
function ignoredOf({ session, idempotencyKey }: TurnRequest): readonly string[] {
  return [
    ...(session === undefined ? [] : ["X-Kiro-Session"]),
    ...(idempotencyKey === undefined ? [] : ["Idempotency-Key"]),
  ];
}
