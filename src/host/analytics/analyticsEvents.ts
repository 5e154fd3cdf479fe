import type { BridgeEvent } from "../../protocol/events.ts";

/** The events of analytics and their properties, as telemetry.json describes them. Numbers and a few fixed words, no texts. */
export interface AnalyticsEvents {
  readonly "bridge-started": {
    readonly version: string;
    /** Of the editor, without the last number. */
    readonly editor: string;
    readonly platform: string;
    readonly isRemote: boolean;
  };
  readonly "bridge-failed": { readonly reason: "port-taken" | "other" };
  readonly "bridge-used": UseCounts & { readonly minutes: number };
}

interface UseCounts {
  readonly editorCommands: number;
  readonly prompts: number;
  readonly failed: number;
  readonly questions: number;
}

/** Counts what one bridge is used for. */
export class UseCounter {
  #editorCommands = 0;
  #prompts = 0;
  #failed = 0;
  #questions = 0;

  get counts(): UseCounts {
    return {
      editorCommands: this.#editorCommands,
      prompts: this.#prompts,
      failed: this.#failed,
      questions: this.#questions,
    };
  }

  /** Counts an event of this window. */
  add(event: BridgeEvent): void {
    if (event.type === "command-started") {
      if (event.target === "editor") this.#editorCommands++;
      else this.#prompts++;
    }
    if (event.type === "user-input-required") this.#questions++;
    if (event.type === "command-error") this.#failed++;
  }
}
