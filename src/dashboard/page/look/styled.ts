import { noChange } from "lit";
import { Directive, directive, type ElementPart } from "lit/directive.js";

type Styles = Readonly<Record<string, string>>;

/**
 * Sets styles through the object model only: `html\`<div ${styled({ height: "4px" })}>\``. lit's `styleMap` first
 * writes a style attribute, which the page's content security policy forbids.
 */
class Styled extends Directive {
  #last: Styles = {};

  override render(_styles: Styles): typeof noChange {
    return noChange;
  }

  override update({ element }: ElementPart, [styles]: [Styles]): typeof noChange {
    const target: unknown = Reflect.get(element, "style");
    if (!(target instanceof CSSStyleDeclaration)) return noChange;
    for (const name of Object.keys(this.#last)) if (styles[name] === undefined) target.removeProperty(name);
    for (const [name, value] of Object.entries(styles)) if (this.#last[name] !== value) target.setProperty(name, value);
    this.#last = styles;
    return noChange;
  }
}

export const styled = directive(Styled);
