/// Runs commands of the editor and prompts of Kiro CLI through Kiro Bridge.
///
/// Works on every platform. `discovery.dart` finds the bridge on desktops.
library;

export 'src/address.dart' show BridgeAddress, FindAddress;
export 'src/chat.dart' show ChatTurn;
export 'src/chat_events.dart';
export 'src/client.dart' show KiroApiClient;
export 'src/errors.dart' show KiroBridgeException;
export 'src/event_cursor.dart' show Cursor;
export 'src/events.dart';
export 'src/listenable.dart' show KiroListenable;
export 'src/pairing.dart' show PairedClient, pairWithBridge;
export 'src/provider.dart' show KiroProvider;
export 'src/requests.dart';
export 'src/retry.dart' show RetryOptions;
export 'src/status.dart';
export 'src/streaming_client.dart';
export 'src/types.dart';
