import {
  acceptedContent,
  type ElicitRequestFormParams,
  inputRequired,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod";

/** The suites want a description of everything. */
export const about = { description: "A fixture of the conformance suites." } as const;

type Schema = ElicitRequestFormParams["requestedSchema"];

/** Tools that ask the client, before 2026-07-28 by a request, and since by their result. */
export function addInputTools(server: McpServer, codec: RequestStateCodec): void {
  addPushingTools(server);
  addAskingTools(server);
  addStateTools(server, codec);
}

function addPushingTools(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { ...about, inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, context) => {
      const content = { type: "text", text: prompt } as const;
      const result = await context.mcpReq.send({
        method: "sampling/createMessage",
        params: { messages: [{ role: "user", content }], maxTokens: 100 },
      });
      return textOf(`LLM response: ${JSON.stringify(result.content)}`);
    },
  );
  const elicit = async ({ mcpReq }: ServerContext, message: string, requestedSchema: Schema) => {
    const { action, content } = await mcpReq.send({
      method: "elicitation/create",
      params: { mode: "form", message, requestedSchema },
    });
    return `action=${action}, content=${JSON.stringify(content ?? {})}`;
  };
  const user: Schema = {
    type: "object",
    properties: {
      username: { type: "string", description: "User's response" },
      email: { type: "string", description: "User's email address" },
    },
    required: ["username", "email"],
  };
  server.registerTool(
    "test_elicitation",
    { ...about, inputSchema: z.object({ message: z.string() }) },
    async ({ message }, context) => textOf(`User response: ${await elicit(context, message, user)}`),
  );
  server.registerTool("test_elicitation_sep1034_defaults", about, async (context) =>
    textOf(`Elicitation completed: ${await elicit(context, "Please check", defaults)}`),
  );
  server.registerTool("test_elicitation_sep1330_enums", about, async (context) =>
    textOf(`Elicitation completed: ${await elicit(context, "Please choose", enums)}`),
  );
}

const defaults: Schema = {
  type: "object",
  properties: {
    name: { type: "string", default: "John Doe" },
    age: { type: "integer", default: 30 },
    score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", default: true },
  },
};

const titled = ["First", "Second", "Third"].map((name, at) => ({ const: `value${at + 1}`, title: `${name} Option` }));
const options = ["option1", "option2", "option3"];
const enums: Schema = {
  type: "object",
  properties: {
    untitledSingle: { type: "string", enum: options },
    titledSingle: { type: "string", oneOf: titled },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: { type: "array", items: { type: "string", enum: options } },
    titledMulti: { type: "array", items: { anyOf: titled } },
  },
};

const name = formOf("What is your name?", "name");
const sampling = inputRequired.createMessage({
  messages: [{ role: "user", content: { type: "text", text: "What is the capital of France?" } }],
  maxTokens: 100,
});

function addAskingTools(server: McpServer): void {
  server.registerTool("test_input_required_result_elicitation", about, ({ mcpReq }) => {
    const given = acceptedContent(mcpReq.inputResponses, "user_name", z.object({ name: z.string() }));
    if (given === undefined) return inputRequired({ inputRequests: { user_name: name } });
    return textOf(`Hello, ${given.name}!`);
  });
  server.registerTool("test_input_required_result_sampling", about, ({ mcpReq }) => {
    const given = inputResponse(mcpReq.inputResponses, "capital_question");
    if (given.kind !== "sampling") return inputRequired({ inputRequests: { capital_question: sampling } });
    return textOf(JSON.stringify(given.result.content));
  });
  server.registerTool("test_input_required_result_list_roots", about, ({ mcpReq }) => {
    const given = inputResponse(mcpReq.inputResponses, "client_roots");
    if (given.kind !== "roots") return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
    return textOf(given.roots.map(({ uri }) => uri).join());
  });
  server.registerTool("test_input_required_result_capabilities", about, ({ mcpReq }) => {
    if (mcpReq.inputResponses !== undefined) return textOf("done");
    const { elicitation, sampling: samples } = server.server.getClientCapabilities() ?? {};
    return inputRequired({
      inputRequests: { ...(elicitation && { user_name: name }), ...(samples && { capital_question: sampling }) },
    });
  });
  server.registerTool("test_streaming_elicitation", about, async ({ mcpReq }) => {
    if (mcpReq.inputResponses !== undefined) return textOf("done");
    await mcpReq.log("info", "asking");
    return inputRequired({ inputRequests: { user_name: name } });
  });
  server.registerTool("test_missing_capability", about, () => inputRequired({ inputRequests: { needed: sampling } }));
  const context = formOf("What context should the prompt use?", "context");
  server.registerPrompt("test_input_required_result_prompt", about, ({ mcpReq }) => {
    const given = acceptedContent(mcpReq.inputResponses, "user_context", z.object({ context: z.string() }));
    if (given === undefined) return inputRequired({ inputRequests: { user_context: context } });
    return { messages: [{ role: "user", content: { type: "text", text: given.context } }] };
  });
}

function addStateTools(server: McpServer, codec: RequestStateCodec): void {
  const confirm = inputRequired.elicit({
    message: "Please confirm",
    requestedSchema: { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] },
  });
  for (const tool of ["request_state", "tampered_state"])
    server.registerTool(`test_input_required_result_${tool}`, about, async ({ mcpReq }) => {
      if (mcpReq.requestState() !== undefined) return textOf("state-ok");
      return inputRequired({ inputRequests: { confirm }, requestState: await codec.mint({ step: 1 }) });
    });
  server.registerTool("test_input_required_result_multiple_inputs", about, async ({ mcpReq }) => {
    if (mcpReq.requestState() !== undefined) return textOf("done");
    const inputRequests = { user_name: name, greeting: sampling, client_roots: inputRequired.listRoots() };
    return inputRequired({ inputRequests, requestState: await codec.mint({ step: 1 }) });
  });
  const color = formOf("Step 2: What is your favorite color?", "color");
  server.registerTool("test_input_required_result_multi_round", about, async ({ mcpReq }) => {
    const { data } = z.object({ step: z.number() }).safeParse(mcpReq.requestState());
    if (data === undefined) {
      const step1 = formOf("Step 1: What is your name?", "name");
      return inputRequired({ inputRequests: { step1 }, requestState: await codec.mint({ step: 1 }) });
    }
    if (data.step > 1) return textOf("done");
    return inputRequired({ inputRequests: { step2: color }, requestState: await codec.mint({ step: 2 }) });
  });
}

function formOf(message: string, field: string) {
  const requestedSchema = { type: "object", properties: { [field]: { type: "string" } }, required: [field] } as const;
  return inputRequired.elicit({ message, requestedSchema: { ...requestedSchema, required: [field] } });
}

function textOf(text: string) {
  return { content: [{ type: "text" as const, text }] };
}
