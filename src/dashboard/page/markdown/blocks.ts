/** A stretch of text inside a block. Links are `http`, `https` and `mailto` alone; there are no images and no HTML. */
export type Inline =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis" | "deleted"; readonly content: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly content: readonly Inline[] }
  | { readonly kind: "break" };

export interface ListItem {
  readonly blocks: readonly Block[];
  /** Set for the item of a task list. */
  readonly isDone?: boolean;
}

/** A part of a Markdown text, as the page shows it: what is in none of these kinds does not exist. */
export type Block =
  | { readonly kind: "paragraph"; readonly content: readonly Inline[] }
  | { readonly kind: "heading"; readonly level: number; readonly content: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string; readonly language: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  /** `start` is that of an ordered list. */
  | { readonly kind: "list"; readonly start: number | undefined; readonly items: readonly ListItem[] }
  | { readonly kind: "table"; readonly rows: readonly (readonly (readonly Inline[])[])[] }
  | { readonly kind: "rule" };

/** Parses a piece of Markdown; see `parseBlocks`, which is read on first use. */
export type ParseBlocks = (text: string) => readonly Block[];
