import {
  CircuitBreaker,
  DistributedStateManager,
  getMessageBus,
  RPCServer,
  Message,
  MessageType,
} from 'kiro-bridge/plugin';

export class FastAPIBackendPlugin {
  private pluginId = 'fastapi-backend';
  private messageBus: ReturnType<typeof getMessageBus>;
  private rpcServer: RPCServer;
  private circuitBreaker: CircuitBreaker;
  private stateManager: DistributedStateManager;

  constructor() {
    this.messageBus = getMessageBus(this.pluginId);
    this.rpcServer = new RPCServer(`plugin://${this.pluginId}/rpc`);
    this.circuitBreaker = new CircuitBreaker(this.pluginId, {
      threshold: 5,
      timeout: 60000,
      halfOpenRetries: 3,
      monitoringWindow: 300000,
    });
    this.stateManager = new DistributedStateManager(this.pluginId);
  }

  async start(): Promise<void> {
    console.log('[FastAPIBackend] Starting plugin...');

    this.setupMessageBusSubscriptions();
    this.setupRPCMethods();
    await this.announceReady();

    console.log('[FastAPIBackend] Plugin ready!');
  }

  private setupMessageBusSubscriptions(): void {
    // Handle incoming requests
    this.messageBus.subscribe(
      `plugin/${this.pluginId}/request`,
      async (message: Message) => {
        await this.circuitBreaker.execute(
          async () => {
            await this.handleRequest(message);
          },
          async () => {
            // Fallback: respond with cached result or error
            await this.messageBus.respond(message.correlationId!, {
              error: 'Service temporarily unavailable',
              fallback: true,
            });
          }
        );
      }
    );

    // Listen for routing decisions
    this.messageBus.subscribe('routing/decision', async (message: Message) => {
      const decision = message.payload;

      if (decision.primaryPlugin === this.pluginId) {
        console.log(
          `[FastAPIBackend] Selected as primary for request: ${decision.requestId}`
        );

        // Update state
        this.stateManager.incrementCounter('requests_routed');
      }
    });

    // System broadcasts
    this.messageBus.subscribe('system/broadcast', async (message: Message) => {
      console.log('[FastAPIBackend] System broadcast:', message.payload);
    });
  }

  private setupRPCMethods(): void {
    // Create endpoint
    this.rpcServer.register('create_endpoint', async (params) => {
      const { path, method, database } = params;

      console.log(`[FastAPIBackend] Creating endpoint: ${method} ${path}`);

      // Create FastAPI endpoint code
      const code = this.generateEndpointCode(path, method, database);

      // Save to file
      const filePath = await this.saveEndpoint(path, code);

      // Update state
      this.stateManager.addToSet('endpoints', { path, method });

      // Publish event
      await this.messageBus.publish({
        topic: `plugin/${this.pluginId}/events`,
        messageType: MessageType.EVENT,
        payload: {
          eventType: 'endpoint_created',
          endpoint: { path, method, filePath },
        },
      });

      return {
        filePath,
        code,
        schemaId: `schema_${Date.now()}`,
      };
    });

    // Get status
    this.rpcServer.register('get_status', async () => {
      return {
        status: 'running',
        circuitBreakerState: this.circuitBreaker.getState(),
        endpointCount: this.stateManager.getSet('endpoints').length,
        requestsProcessed: this.stateManager.getCounter('requests_processed'),
      };
    });

    // Health check
    this.rpcServer.register('health_check', async () => {
      return {
        status: 'healthy',
        latency: 25,
        errorRate: 0.01,
        timestamp: new Date().toISOString(),
      };
    });
  }

  private async handleRequest(message: Message): Promise<void> {
    const { command, parameters } = message.payload;

    console.log(`[FastAPIBackend] Executing command: ${command}`);

    try {
      let result: any;

      switch (command) {
        case 'create_endpoint':
          result = await this.createEndpoint(parameters);
          break;

        case 'create_model':
          result = await this.createModel(parameters);
          break;

        case 'setup_authentication':
          result = await this.setupAuthentication(parameters);
          break;

        default:
          throw new Error(`Unknown command: ${command}`);
      }

      // Update metrics
      this.stateManager.incrementCounter('requests_processed');

      // Respond with success
      await this.messageBus.respond(message.correlationId!, {
        status: 'success',
        result,
      });

      // Publish completion event
      await this.messageBus.publish({
        topic: 'orchestration/task-complete',
        messageType: MessageType.EVENT,
        payload: {
          taskId: message.messageId,
          command,
          duration: 5000,
          tokensUsed: 1200,
        },
      });
    } catch (error: any) {
      console.error(`[FastAPIBackend] Error executing ${command}:`, error);

      // Respond with error
      await this.messageBus.respond(message.correlationId!, {
        status: 'error',
        error: error.message,
      });
    }
  }

  private async createEndpoint(params: any): Promise<any> {
    // Implementation
    const code = this.generateEndpointCode(
      params.path,
      params.method,
      params.database
    );

    const filePath = await this.saveEndpoint(params.path, code);

    return { filePath, code };
  }

  private async createModel(params: any): Promise<any> {
    // Implementation
    return { modelName: params.name, schemaId: 'schema_123' };
  }

  private async setupAuthentication(params: any): Promise<any> {
    // Implementation
    return { authConfigured: true, method: 'jwt' };
  }

  private generateEndpointCode(
    path: string,
    method: string,
    database: string
  ): string {
    // Generate FastAPI code
    return `
from fastapi import APIRouter, Depends
from app.models import UserModel
from app.auth import get_current_user

router = APIRouter()

@router.${method.toLowerCase()}("${path}")
async def ${this.pathToFunctionName(path)}(
    current_user: UserModel = Depends(get_current_user)
):
    # TODO: Implement endpoint logic
    return {"message": "Endpoint created"}
    `.trim();
  }

  private pathToFunctionName(path: string): string {
    return path
      .replace(/^\//, '')
      .replace(/\//g, '_')
      .replace(/-/g, '_')
      .replace(/[^a-zA-Z0-9_]/g, '');
  }

  private async saveEndpoint(path: string, code: string): Promise<string> {
    // Save to file system
    const filePath = `/app/routes${path.replace(/\//g, '_')}.py`;
    // TODO: Actually write file
    return filePath;
  }

  private async announceReady(): Promise<void> {
    await this.messageBus.publish({
      topic: `plugin/${this.pluginId}/status`,
      messageType: MessageType.EVENT,
      payload: {
        status: 'ready',
        timestamp: new Date().toISOString(),
      },
    });
  }

  async stop(): Promise<void> {
    console.log('[FastAPIBackend] Stopping plugin...');
    this.messageBus.clear();
    console.log('[FastAPIBackend] Stopped');
  }
}

// Bootstrap
if (require.main === module) {
  const plugin = new FastAPIBackendPlugin();

  plugin.start().catch((error) => {
    console.error('[FastAPIBackend] Failed to start:', error);
    process.exit(1);
  });

  process.on('SIGINT', async () => {
    await plugin.stop();
    process.exit(0);
  });
}
