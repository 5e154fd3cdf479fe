import 'client.dart';
import 'listenable.dart';
import 'requests.dart';
import 'types.dart';

/// The state of a bridge for widgets.
class KiroProvider with KiroListenable {
  /// Creates a provider. [initialize] connects it.
  KiroProvider(this._client);

  final KiroApiClient _client;
  bool _isConnected = false;
  int _executing = 0;
  String? _lastError;
  List<String> _availableCommands = const [];

  /// Whether the bridge accepted commands when it was asked last.
  bool get isConnected => _isConnected;

  /// Whether at least one command runs.
  bool get isExecuting => _executing > 0;

  /// The latest failure; null after a success.
  String? get lastError => _lastError;

  /// The commands that the bridge allows.
  List<String> get availableCommands => List.unmodifiable(_availableCommands);

  /// Asks for the status.
  Future<void> initialize() async {
    try {
      final status = await _client.getStatus();
      _isConnected = status.isAvailable;
      _availableCommands = status.availableCommands;
      _lastError = null;
    } on Exception catch (error) {
      _isConnected = false;
      _lastError = error.toString();
    }
    notifyListeners();
  }

  /// Runs a command.
  Future<ExecuteCommandResponse> executeCommand(
    String command, {
    List<String>? args,
  }) async {
    _executing++;
    _lastError = null;
    notifyListeners();
    try {
      final response = await _client.executeCommand(
        ExecuteCommandRequest(command: command, args: args),
      );
      if (!response.success) _lastError = response.error;
      return response;
    } on Exception catch (error) {
      _lastError = error.toString();
      rethrow;
    } finally {
      _executing--;
      notifyListeners();
    }
  }
}
