import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { getMessageBus, Message } from 'kiro-bridge/plugin';

type Command = (parameters: any) => Promise<unknown>;

interface Agent {
  name: string;
  domain: string;
  description: string;
}

/** The folder with one Markdown file for each agent. */
const AGENTS = join(__dirname, '..', 'agents');
const FETCH_TIMEOUT_MS = 10_000;

/** Runs the commands of the plugin: those that come as requests over the bus, and those that come by RPC. */
export class PluginCommandHandler {
  private activeRequests = 0;
  private readonly commands = new Map<string, Command>([
    ['list_endpoints', (parameters) => this.listEndpoints(parameters.url)],
    ['describe_agent', (parameters) => this.describeAgent(parameters.name)],
  ]);

  constructor(private messageBus: ReturnType<typeof getMessageBus>) {}

  /**
   * Answers a request, also with an error. A failure of the work is thrown as well, so that the circuit breaker counts it; a
   * mistake of the caller is not.
   */
  async handleRequest(message: Message): Promise<void> {
    const { command, parameters = {} } = message.payload;
    const answer = (payload: object) => this.messageBus.respond(message.correlationId!, payload);
    if (!this.commands.has(command)) {
      await answer({ status: 'error', error: `Unknown command: ${command}` });
      return;
    }
    const startedAt = Date.now();
    try {
      await answer({ status: 'success', result: await this.executeCommand(command, parameters) });
    } catch (error: any) {
      await answer({ status: 'error', error: error.message });
      throw error;
    }
    await this.messageBus.publish({
      topic: 'plugin/your-plugin/events',
      messageType: 'event',
      payload: { eventType: 'task_completed', command, duration: Date.now() - startedAt },
    });
  }

  async executeCommand(command: string, parameters: any = {}): Promise<unknown> {
    const run = this.commands.get(command);
    if (run === undefined) throw new Error(`Unknown command: ${command}`);
    this.activeRequests++;
    try {
      return await run(parameters);
    } finally {
      this.activeRequests--;
    }
  }

  /** Finds agents by their domain, and by words of their name and description. */
  async queryAgents(criteria: { domain?: string; text?: string } = {}): Promise<{ agents: Agent[] }> {
    const text = criteria.text?.toLowerCase() ?? '';
    const agents = (await this.readAgents()).filter(
      (agent) =>
        (criteria.domain === undefined || agent.domain === criteria.domain) &&
        `${agent.name} ${agent.description}`.toLowerCase().includes(text)
    );
    return { agents };
  }

  getActiveRequestCount(): number {
    return this.activeRequests;
  }

  /** Reads the endpoints of a FastAPI service from its OpenAPI document. */
  private async listEndpoints(url: string): Promise<unknown> {
    const response = await fetch(new URL('/openapi.json', url), { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${url} responds with HTTP ${response.status}.`);
    const document: any = await response.json();
    const endpoints = Object.entries<object>(document.paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() }))
    );
    return { title: document.info?.title, endpoints };
  }

  private async describeAgent(name: string): Promise<Agent> {
    const agent = (await this.readAgents()).find((each) => each.name === name);
    if (agent === undefined) throw new Error(`There is no agent ${name}.`);
    return agent;
  }

  private async readAgents(): Promise<Agent[]> {
    const files = (await readdir(AGENTS)).filter((file) => file.endsWith('.md')).sort();
    return Promise.all(files.map(async (file) => agentOf(await readFile(join(AGENTS, file), 'utf8'))));
  }
}

/** Reads the lines `key: value` above the text. */
function agentOf(text: string): Agent {
  const valueOf = (key: string) => new RegExp(`^${key}: *(.*)$`, 'm').exec(text)?.[1] ?? '';
  return { name: valueOf('name'), domain: valueOf('domain'), description: valueOf('description') };
}
