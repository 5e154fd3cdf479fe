/** As much of a WebSocket as the SDK uses: those of browsers, Node, Deno and Bun, and that of the package `ws`, have it. */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: "error", listener: () => void): void;
}

/** The class of WebSockets. Node has one since version 22; before, pass that of the package `ws`. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;
