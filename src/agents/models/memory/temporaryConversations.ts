import type { ConversationStore, OpenConversation } from "../../engines/ports.ts";
import { Conversation } from "./conversation.ts";

/** Keeps conversations in memory alone: for users who have switched the history off. */
export class TemporaryConversations implements ConversationStore {
  open(): Promise<OpenConversation> {
    return Promise.resolve(this.temporary());
  }

  temporary(): OpenConversation {
    return new Conversation(undefined);
  }
}
