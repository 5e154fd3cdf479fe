import 'json.dart';

/// The status of the bridge.
enum KiroStatusType {
  /// Commands are accepted, and none runs.
  ready,

  /// An execution is queued or running.
  busy,

  /// No editor window responds.
  unavailable;

  /// Reads the value of the wire. An unknown value counts as unavailable.
  static KiroStatusType parse(String status) {
    return values.asNameMap()[status] ?? unavailable;
  }
}

/// The response of `GET /api/kiro/status`.
class KiroStatusResponse {
  /// Creates a response.
  KiroStatusResponse({
    required this.status,
    this.reason,
    this.currentCommand,
    this.version,
    required this.availableCommands,
    required this.timestamp,
    required this.cli,
    this.engines,
    this.exports,
    required this.queue,
    this.pendingRestart,
    required this.windows,
  });

  /// Reads the JSON object.
  factory KiroStatusResponse.fromJson(Map<String, dynamic> json) {
    return KiroStatusResponse(
      status: KiroStatusType.parse(json['status'] as String),
      reason: json['reason'] as String?,
      currentCommand: json['currentCommand'] as String?,
      version: json['version'] as String?,
      availableCommands: (json['availableCommands'] as List<dynamic>)
          .cast<String>(),
      timestamp: DateTime.parse(json['timestamp'] as String),
      cli: CliStatus.fromJson(json['cli'] as Map<String, dynamic>),
      engines: json['engines'] == null
          ? null
          : objects(json['engines'] as List<dynamic>, EngineStatus.fromJson),
      exports: json['exports'] == null
          ? null
          : objects(
              json['exports'] as List<dynamic>,
              DestinationState.fromJson,
            ),
      queue: KiroQueue.fromJson(json['queue'] as Map<String, dynamic>),
      pendingRestart: json['pendingRestart'] as bool?,
      windows: objects(json['windows'] as List<dynamic>, KiroWindow.fromJson),
    );
  }

  /// The status.
  final KiroStatusType status;

  /// The reason for which the bridge is unavailable.
  final String? reason;

  /// The command that has been running for the longest time.
  final String? currentCommand;

  /// The version of the editor.
  final String? version;

  /// The IDs of the commands that are allowed.
  final List<String> availableCommands;

  /// When the status was read.
  final DateTime timestamp;

  /// The state of Kiro CLI.
  final CliStatus cli;

  /// The models that the user has configured as agents.
  final List<EngineStatus>? engines;

  /// The destinations that the user has configured for exports.
  final List<DestinationState>? exports;

  /// The number of executions.
  final KiroQueue queue;

  /// True while changed settings wait for a restart.
  final bool? pendingRestart;

  /// The windows at the address.
  final List<KiroWindow> windows;

  /// Whether commands are accepted. The wire has no such field; it follows from
  /// [status].
  bool get isAvailable => status != KiroStatusType.unavailable;
}

/// The part of the status that changes often: about 100 bytes, in place of the
/// 100 KB with all commands.
class KiroStatus {
  /// Creates a status.
  const KiroStatus({
    required this.status,
    this.currentCommand,
    this.version,
    this.error,
  });

  /// Creates the status of a bridge that could not be asked.
  const KiroStatus.unavailable(String this.error)
    : status = KiroStatusType.unavailable,
      currentCommand = null,
      version = null;

  /// Reads the JSON object of a status that has only these fields.
  KiroStatus.fromJson(Map<String, dynamic> json)
    : status = KiroStatusType.parse(json['status'] as String),
      currentCommand = json['currentCommand'] as String?,
      version = json['version'] as String?,
      error = null;

  /// Leaves out the rest of a complete status.
  KiroStatus.fromResponse(KiroStatusResponse response)
    : status = response.status,
      currentCommand = response.currentCommand,
      version = response.version,
      error = null;

  /// The status.
  final KiroStatusType status;

  /// The command that has been running for the longest time.
  final String? currentCommand;

  /// The version of the editor.
  final String? version;

  /// The reason for which the bridge could not be asked.
  final String? error;

  /// Whether commands are accepted.
  bool get isAvailable => status != KiroStatusType.unavailable;
}

/// The state of Kiro CLI.
class CliStatus {
  /// Reads the JSON object.
  CliStatus.fromJson(Map<String, dynamic> json)
    : state = json['state'] as String,
      reason = json['reason'] as String?,
      cause = json['cause'] as String?,
      detail = json['detail'] as String?,
      version = json['version'] as String?,
      transport = json['transport'] as String?,
      sessions = json['sessions'] as int,
      simulated = json['simulated'] as bool?;

  /// `off`, `unknown`, `ready` or `unavailable`.
  final String state;

  /// The reason for which it is unavailable.
  final String? reason;

  /// The same, more precisely.
  final String? cause;

  /// The same, for people.
  final String? detail;

  /// The version.
  final String? version;

  /// `acp`, `oneshot` or `pipe`.
  final String? transport;

  /// The number of processes.
  final int sessions;

  /// True for the built-in simulator.
  final bool? simulated;
}

/// The state of an engine: a model that the user has configured as an agent.
class EngineStatus {
  /// Reads the JSON object.
  EngineStatus.fromJson(Map<String, dynamic> json)
    : id = json['id'] as String,
      name = json['name'] as String,
      wire = json['wire'] as String,
      state = json['state'] as String,
      cause = json['cause'] as String?,
      detail = json['detail'] as String?,
      sessions = json['sessions'] as int;

  /// The value of `target` in requests.
  final String id;

  /// The name.
  final String name;

  /// The protocol.
  final String wire;

  /// `off`, `unknown`, `ready` or `unavailable`.
  final String state;

  /// The cause of the last failure.
  final String? cause;

  /// The state, for people.
  final String? detail;

  /// The number of conversations in memory.
  final int sessions;
}

/// The state of a destination of exports.
class DestinationState {
  /// Reads the JSON object.
  DestinationState.fromJson(Map<String, dynamic> json)
    : name = json['name'] as String,
      kind = json['kind'] as String,
      state = json['state'] as String;

  /// The name in the settings.
  final String name;

  /// The kind, such as `webhook` or `s3`.
  final String kind;

  /// `ok`, `idle`, `retrying`, `blocked`, `paused` or `off`.
  final String state;
}

/// The number of executions.
class KiroQueue {
  /// Reads the JSON object.
  KiroQueue.fromJson(Map<String, dynamic> json)
    : running = json['running'] as int,
      queued = json['queued'] as int;

  /// Executions that run, or wait for an answer.
  final int running;

  /// Executions that wait in a queue.
  final int queued;
}

/// An editor window at the address.
class KiroWindow {
  /// Reads the JSON object.
  KiroWindow.fromJson(Map<String, dynamic> json)
    : id = json['id'] as String,
      pid = json['pid'] as int,
      editor = json['editor'] as String,
      kind = json['kind'] as String?,
      workspaceFolders = (json['workspaceFolders'] as List<dynamic>)
          .cast<String>(),
      focusedAt = (json['focusedAt'] as num?)?.toDouble();

  /// The ID.
  final String id;

  /// The ID of its process.
  final int pid;

  /// The name of the editor.
  final String editor;

  /// `editor` by default, or `server` for a bridge without an editor.
  final String? kind;

  /// The folders that are open.
  final List<String> workspaceFolders;

  /// When the window had the focus last, in epoch milliseconds.
  final double? focusedAt;
}

/// A window as `GET /api/kiro/windows` lists it.
class WindowListing extends KiroWindow {
  /// Reads the JSON object.
  WindowListing.fromJson(super.json)
    : focused = json['focused'] as bool,
      owner = json['owner'] as bool,
      state = json['state'] as String,
      queue = object(
        json['queue'] as Map<String, dynamic>?,
        KiroQueue.fromJson,
      ),
      cli = object(json['cli'] as Map<String, dynamic>?, CliStatus.fromJson),
      ownCommands = (json['ownCommands'] as List<dynamic>?)?.cast<String>(),
      super.fromJson();

  /// True for the window that gets requests that name none.
  final bool focused;

  /// True for the window that has the address.
  final bool owner;

  /// `ready`, `busy`, `unavailable` or `not-responding`.
  final String state;

  /// The number of executions.
  final KiroQueue? queue;

  /// The state of Kiro CLI.
  final CliStatus? cli;

  /// The commands that not every window has.
  final List<String>? ownCommands;
}

/// The response of `GET /health`.
class HealthResponse {
  /// Reads the JSON object.
  HealthResponse.fromJson(Map<String, dynamic> json)
    : status = json['status'] as String,
      reason = json['reason'] as String?,
      timestamp = DateTime.parse(json['timestamp'] as String),
      server = HealthServer.fromJson(json['server'] as Map<String, dynamic>),
      proof = json['proof'] as String?,
      clientProof = object(
        json['clientProof'] as Map<String, dynamic>?,
        ClientProof.fromJson,
      );

  /// `healthy` or `unhealthy`.
  final String status;

  /// `starting`, `stopping` or `window_disconnected`.
  final String? reason;

  /// When the health was read.
  final DateTime timestamp;

  /// The server.
  final HealthServer server;

  /// With a challenge, the proof that the bridge has the token.
  final String? proof;

  /// The same for a token of the program's own.
  final ClientProof? clientProof;

  /// Whether the bridge is healthy.
  bool get isHealthy => status == 'healthy';
}

/// The server part of a health response.
class HealthServer {
  /// Reads the JSON object.
  HealthServer.fromJson(Map<String, dynamic> json)
    : running = json['running'] as bool,
      port = json['port'] as int?,
      host = json['host'] as String?,
      uptime = (json['uptime'] as num?)?.toDouble();

  /// Whether the server runs.
  final bool running;

  /// The port.
  final int? port;

  /// The host.
  final String? host;

  /// Seconds since the server started to listen.
  final double? uptime;
}

/// The proof for a client with a token of its own.
class ClientProof {
  /// Reads the JSON object.
  ClientProof.fromJson(Map<String, dynamic> json)
    : salt = json['salt'] as String,
      proof = json['proof'] as String;

  /// The salt of the key.
  final String salt;

  /// The proof.
  final String proof;
}
