import { CircuitBreaker, getMessageBus, RPCServer } from 'kiro-bridge/plugin';
import { PluginCommandHandler } from './command-handler';

export class YourPluginBootstrap {
  private messageBus: ReturnType<typeof getMessageBus>;
  private rpcServer: RPCServer;
  private commandHandler: PluginCommandHandler;
  private circuitBreaker: CircuitBreaker;

  constructor() {
    // Initialize message bus
    this.messageBus = getMessageBus('your-plugin');

    // Initialize RPC server
    this.rpcServer = new RPCServer('plugin://your-plugin/rpc');

    // Initialize command handler
    this.commandHandler = new PluginCommandHandler(this.messageBus);

    // Initialize circuit breaker
    this.circuitBreaker = new CircuitBreaker('your-plugin', {
      threshold: 5,
      timeout: 60000,
      halfOpenRetries: 3,
      monitoringWindow: 300000,
    });
  }

  async start(): Promise<void> {
    console.log('[YourPlugin] Starting...');

    // Setup message bus subscriptions
    this.setupMessageBusSubscriptions();

    // Setup RPC methods
    this.setupRPCMethods();

    // Announce plugin ready
    await this.announceReady();

    console.log('[YourPlugin] Ready!');
  }

  private setupMessageBusSubscriptions(): void {
    // Subscribe to requests
    this.messageBus.subscribe(
      'plugin/your-plugin/request',
      async (message) => {
        await this.circuitBreaker.execute(
          async () => {
            await this.commandHandler.handleRequest(message);
          },
          async () => {
            // Fallback: respond with error
            await this.messageBus.respond(message.correlationId!, {
              error: 'Plugin circuit breaker open',
              fallbackUsed: true,
            });
          }
        );
      }
    );

    // Subscribe to system broadcasts
    this.messageBus.subscribe('system/broadcast', async (message) => {
      console.log('[YourPlugin] Received broadcast:', message.payload);
    });

    // Subscribe to routing decisions
    this.messageBus.subscribe('routing/decision', async (message) => {
      const decision = message.payload;
      if (decision.primaryPlugin === 'your-plugin') {
        console.log('[YourPlugin] Selected as primary for:', decision.requestId);
      }
    });
  }

  private setupRPCMethods(): void {
    // Execute command
    this.rpcServer.register('execute_command', async (params) => {
      return await this.commandHandler.executeCommand(
        params.command,
        params.parameters
      );
    });

    // Query agents
    this.rpcServer.register('query_agents', async (params) => {
      return await this.commandHandler.queryAgents(params.criteria);
    });

    // Get status
    this.rpcServer.register('get_status', async () => {
      return {
        status: 'running',
        circuitBreakerState: this.circuitBreaker.getState(),
        activeRequests: this.commandHandler.getActiveRequestCount(),
      };
    });
  }

  private async announceReady(): Promise<void> {
    await this.messageBus.publish({
      topic: 'plugin/your-plugin/status',
      messageType: 'event' as any,
      payload: {
        status: 'ready',
        timestamp: new Date().toISOString(),
      },
    });
  }

  async stop(): Promise<void> {
    console.log('[YourPlugin] Stopping...');

    // Clear message bus
    this.messageBus.clear();

    console.log('[YourPlugin] Stopped');
  }
}

// Start the plugin
if (require.main === module) {
  const plugin = new YourPluginBootstrap();
  plugin.start().catch((error) => {
    console.error('[YourPlugin] Failed to start:', error);
    process.exit(1);
  });

  // Graceful shutdown
  process.on('SIGINT', async () => {
    await plugin.stop();
    process.exit(0);
  });
}
