import { FastAPIBackendPlugin } from '../lib/fastapi-backend-plugin';
import { getMessageBus, resetMessageBus, RPCClient } from 'kiro-bridge/plugin';

describe('FastAPIBackendPlugin', () => {
  let plugin: FastAPIBackendPlugin;

  beforeEach(() => {
    resetMessageBus();
    plugin = new FastAPIBackendPlugin();
  });

  afterEach(async () => {
    await plugin.stop();
  });

  it('should start and announce ready', async () => {
    const messageBus = getMessageBus('test-subscriber');

    let readyReceived = false;
    messageBus.subscribe('plugin/fastapi-backend/status', (message) => {
      if (message.payload.status === 'ready') {
        readyReceived = true;
      }
    });

    await plugin.start();

    expect(readyReceived).toBe(true);
  });

  it('should handle RPC calls', async () => {
    await plugin.start();

    const client = new RPCClient('plugin://fastapi-backend/rpc');
    const result = await client.call('create_endpoint', {
      path: '/api/users',
      method: 'POST',
      database: 'mongodb',
    });

    expect(result.filePath).toBeDefined();
    expect(result.code).toContain('fastapi');
  });
});
