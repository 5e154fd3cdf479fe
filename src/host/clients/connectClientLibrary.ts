/** Connecting a client. Built as a bundle of its own, with the set-ups of all clients, which is loaded on first use. */
export { connectClient } from "./connectClient.ts";
