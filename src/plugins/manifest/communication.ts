import * as z from "zod";
import { patternOf, topicOf } from "../bus/topics.ts";

/** The longest topic or pattern, which is that of a scope. */
const MAX_TOPIC = 200;
const MAX_TOPICS = 100;
const MAX_METHODS = 200;
/** The most bytes of the JSON Schema of a method. */
const MAX_SCHEMA_LENGTH = 64 * 1024;

/** A scope ends its name with a colon. */
function isTopic(text: string): boolean {
  return isRead(topicOf, text) && !text.includes(":");
}

function isPattern(text: string): boolean {
  return isRead(patternOf, text) && !text.includes(":");
}

function isRead(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}

const topicText = z
  .string()
  .min(1)
  .max(MAX_TOPIC)
  .refine(isTopic, "is not a topic: segments with slashes or dots between them, without spaces, colons and wildcards");

const patternText = z
  .string()
  .min(1)
  .max(MAX_TOPIC)
  .refine(isPattern, "is not a topic or a pattern, whose wildcards * and ** are whole segments");

const durability = {
  durable: z.boolean().optional().describe("Keeps each message until it is acknowledged."),
  maxDeliver: z.int().min(1).max(100).optional().describe("Deliveries before a message is a dead letter. Default: 5."),
  backoffMs: z
    .array(z.int().min(0).max(86_400_000))
    .min(1)
    .max(100)
    .optional()
    .describe("Delays before each redelivery, in milliseconds. The last one is repeated."),
};

const publishedSchema = z.union([topicText, z.looseObject({ topic: topicText, ...durability })]);
const subscribedSchema = z.union([patternText, z.looseObject({ topic: patternText, ...durability })]);

export const methodName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*$/, "is not the name of a method");

const methodSchema = z.union([
  methodName,
  z.looseObject({
    name: methodName,
    description: z.string().max(2000).optional().describe("For people who look for a command."),
    params: z
      .record(z.string(), z.unknown())
      .refine((schema) => JSON.stringify(schema).length <= MAX_SCHEMA_LENGTH, "is too large")
      .optional()
      .describe("The JSON Schema of the parameters. Calls with other ones are rejected."),
    concurrency: z.int().min(1).max(1000).optional().describe("Calls that run at the same time; further ones wait."),
    timeoutMs: z.int().min(1).max(86_400_000).optional().describe("Timeout of a call, in milliseconds."),
  }),
]);

/** The part of a manifest for the message bus and for calls. */
export const communicationSchema = z.looseObject({
  messagebus: z
    .looseObject({
      enabled: z.boolean().optional(),
      topics: z
        .array(publishedSchema)
        .max(MAX_TOPICS)
        .optional()
        .describe("The topics to publish on, besides plugin/<name>/**."),
      subscriptions: z
        .array(subscribedSchema)
        .max(MAX_TOPICS)
        .optional()
        .describe("The topics and patterns to receive, besides plugin/<name>/**, system/** and routing/**."),
    })
    .optional(),
  rpc: z
    .looseObject({
      enabled: z.boolean().optional(),
      endpoint: z.string().max(200).optional().describe("plugin://<name>/rpc"),
      methods: z
        .array(methodSchema)
        .max(MAX_METHODS)
        .optional()
        .describe("The methods that others may call. Each is a command plugin.<name>.<method> too."),
    })
    .optional(),
});
