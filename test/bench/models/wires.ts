import * as z from "zod";

/** The wires that the bench compares, which are also the IDs of their engines. */
export const wireNames = ["openai-chat", "openai-responses", "anthropic"] as const;
export type WireName = (typeof wireNames)[number];

/** The requests of a client without an SDK, for a stream. */
export const requests = {
  "openai-chat": {
    path: "/v1/chat/completions",
    body: (model: string, content: string) => ({ model, stream: true, messages: [{ role: "user", content }] }),
  },
  "openai-responses": {
    path: "/v1/responses",
    body: (model: string, input: string) => ({ model, stream: true, input }),
  },
  anthropic: {
    path: "/v1/messages",
    body: (model: string, content: string) => ({
      model,
      stream: true,
      max_tokens: 4096,
      messages: [{ role: "user", content }],
    }),
  },
} as const satisfies Record<WireName, { readonly path: string; body(model: string, prompt: string): object }>;

/** Returns the base URL that the SDK of a wire expects. */
export function baseUrlOf(wire: WireName, port: number): string {
  return `http://127.0.0.1:${port}${wire === "anthropic" ? "" : "/v1"}`;
}

/** The answer that a prompt asks for. A pause of 0 sends all chunks at once. */
export const wishSchema = z.object({ chunks: z.int(), pauseMs: z.number() });
export type Wish = z.infer<typeof wishSchema>;

/** Where the server that has only the SDKs sends each chunk on. */
export const RELAY_PATH = "/relay";

export const askedOfBareSdk = z.object({ wire: z.enum(wireNames), wish: wishSchema });
