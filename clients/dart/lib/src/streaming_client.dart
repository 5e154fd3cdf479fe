import 'dart:async';

import 'client.dart';
import 'requests.dart';
import 'status.dart';
import 'types.dart';

/// The states of a command in [CommandResult].
enum CommandResultStatus {
  /// It was sent.
  started,

  /// It has completed.
  completed,

  /// It has failed, or was rejected.
  failed,
}

/// A step of a command that [StreamingKiroClient] runs.
class CommandResult {
  /// The command was sent.
  const CommandResult.started(this.command)
    : status = CommandResultStatus.started,
      response = null,
      error = null;

  /// The command has ended.
  CommandResult.completed(this.command, ExecuteCommandResponse this.response)
    : status = response.success
          ? CommandResultStatus.completed
          : CommandResultStatus.failed,
      error = response.error;

  /// The command was rejected, or the bridge did not respond.
  const CommandResult.failed(this.command, String this.error)
    : status = CommandResultStatus.failed,
      response = null;

  /// The command.
  final String command;

  /// The state.
  final CommandResultStatus status;

  /// The response, when there is one.
  final ExecuteCommandResponse? response;

  /// The failure.
  final String? error;
}

/// Reports the status and the commands of an app as streams, for
/// `StreamBuilder`.
class StreamingKiroClient {
  /// Creates a client.
  StreamingKiroClient(this._client);

  final KiroApiClient _client;
  final _statusController = StreamController<KiroStatus>.broadcast();
  final _commandController = StreamController<CommandResult>.broadcast();
  Timer? _statusTimer;
  bool _isAsking = false;

  /// The status, at each interval.
  Stream<KiroStatus> get statusStream => _statusController.stream;

  /// The steps of all commands.
  Stream<CommandResult> get commandStream => _commandController.stream;

  /// Asks for the status now and at each interval. A request is skipped while
  /// the one before has no response.
  void startStatusMonitoring({Duration interval = const Duration(seconds: 5)}) {
    _statusTimer?.cancel();
    _statusTimer = Timer.periodic(interval, (_) => unawaited(_askStatus()));
    unawaited(_askStatus());
  }

  /// Runs a command, and reports its steps in [commandStream]. Never fails.
  Future<void> executeCommand(String command, {List<String>? args}) async {
    _report(CommandResult.started(command));
    try {
      final response = await _client.executeCommand(
        ExecuteCommandRequest(command: command, args: args),
      );
      _report(CommandResult.completed(command, response));
    } on Exception catch (error) {
      _report(CommandResult.failed(command, error.toString()));
    }
  }

  /// Ends the streams.
  void dispose() {
    _statusTimer?.cancel();
    unawaited(_statusController.close());
    unawaited(_commandController.close());
  }

  Future<void> _askStatus() async {
    if (_isAsking) return;
    _isAsking = true;
    KiroStatus status;
    try {
      status = await _client.getShortStatus();
    } on Exception catch (error) {
      status = KiroStatus.unavailable(error.toString());
    }
    _isAsking = false;
    if (!_statusController.isClosed) _statusController.add(status);
  }

  void _report(CommandResult result) {
    if (!_commandController.isClosed) _commandController.add(result);
  }
}
