import type { ChatEvent, ChatResponse } from "../../client/index.ts";
import type { Cli } from "../cli.ts";
import { plainLine, plainText, safeJson } from "../output/plainText.ts";

/** Prints the answer to a prompt: as it comes where a person reads it, else at the end. */
export class AnswerPrinter {
  readonly #cli: Cli;
  readonly #isStreaming: boolean;
  readonly #wantsJson: boolean;
  /** Number of characters printed so far. */
  #printed = 0;
  /** The beginning of a line break or of a pair of surrogates, which the next part completes. */
  #held = "";

  /** @param wantsJson true if only the JSON of the answer is printed */
  constructor(cli: Cli, wantsJson: boolean) {
    this.#cli = cli;
    this.#wantsJson = wantsJson;
    this.#isStreaming = cli.out.isInteractive && !wantsJson;
  }

  print(event: ChatEvent): void {
    const { out } = this.#cli;
    const { dim, yellow } = out.noteStyle;
    switch (event.type) {
      case "queued":
        if (event.position > 0) out.progress(`waiting, ${event.position} ahead`);
        break;
      case "started":
        out.progress("Kiro is thinking");
        break;
      case "delta":
        this.#stream(event.text);
        break;
      case "notice":
        out.note(dim(plainText(event.text.trimEnd())));
        break;
      case "retract":
        if (this.#isStreaming) out.note(dim(`(Kiro CLI takes the last ${event.length} characters back)`));
        break;
      case "tool":
        out.note(dim(`⚙ ${plainLine(event.title)}${event.status === undefined ? "" : `: ${plainLine(event.status)}`}`));
        break;
      case "events-lost":
        out.note(yellow("(parts of the answer are missing here; the complete text follows at the end)"));
        this.#printed = 0;
        break;
      default:
    }
  }

  /** Prints what the end of the turn adds. */
  end(response: ChatResponse): void {
    const { out } = this.#cli;
    out.endProgress();
    if (out.isJson) return;
    if (this.#wantsJson) {
      if (response.success) out.write(`${safeJson(response.json, 2)}\n`);
      else if (response.message !== "") out.note(plainText(response.message));
      return;
    }
    this.#flush();
    if (this.#printed === 0) out.text(response.message);
    out.endLine();
    if (response.simulated === true) out.note(out.noteStyle.yellow("(the built-in simulator answered, not Kiro CLI)"));
  }

  #stream(text: string): void {
    if (!this.#isStreaming) {
      this.#cli.out.progress("Kiro is answering");
      return;
    }
    const whole = this.#held + text;
    this.#held = /[\r\ud800-\udbff]$/.exec(whole)?.[0] ?? "";
    this.#printed += text.length;
    this.#cli.out.endProgress();
    this.#cli.out.write(plainText(whole.slice(0, whole.length - this.#held.length)));
  }

  #flush(): void {
    this.#cli.out.write(plainText(this.#held));
    this.#held = "";
  }
}
