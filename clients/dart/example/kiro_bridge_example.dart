import 'package:kiro_bridge/discovery.dart';
import 'package:kiro_bridge/kiro_bridge.dart';

Future<void> main() async {
  final client = discoverKiro();
  try {
    final result = await client.executeCommand(
      ExecuteCommandRequest(command: 'workbench.action.files.newUntitledFile'),
    );
    print('success: ${result.success}, ${result.executionTimeMs} ms');

    final turn = client.streamChat(ChatRequest(prompt: 'Explain this folder.'));
    await for (final event in turn.events) {
      switch (event) {
        case ChatDelta(:final text):
          print(text);
        case ChatDone(:final response):
          print('${response.message.length} characters');
        case _:
          break;
      }
    }
  } on KiroBridgeException catch (error) {
    print('${error.code}: ${error.message}');
  } finally {
    client.close();
  }
}
