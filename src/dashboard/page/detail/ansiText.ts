import { html, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { type AnsiSpan, ansiSpans } from "./ansiSpans.ts";
import { styled } from "../look/styled.ts";

/** Returns the text for a template: unchanged if it has no escape sequences, as is nearly always the case. */
export function ansiText(text: string): string | TemplateResult[] {
  return text.includes("\x1b") ? ansiSpans(text).map(spanOf) : text;
}

function spanOf({ text, foreground, background, isBold, isDim, isItalic, isUnderlined }: AnsiSpan): TemplateResult {
  const classes = {
    [`fg-${foreground}`]: typeof foreground === "number",
    [`bg-${background}`]: typeof background === "number",
    bold: isBold === true,
    dim: isDim === true,
    italic: isItalic === true,
    underline: isUnderlined === true,
  };
  const styles = {
    ...(typeof foreground === "string" && { color: foreground }),
    ...(typeof background === "string" && { "background-color": background }),
  };
  return html`<span class=${classMap(classes)} ${styled(styles)}>${text}</span>`;
}
