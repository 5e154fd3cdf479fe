/// The body of `POST /api/kiro/execute`.
class ExecuteCommandRequest {
  /// Creates a request. Either [args] or [params] may be given.
  ExecuteCommandRequest({
    required this.command,
    this.args,
    this.params,
    this.workspacePath,
    this.windowId,
    this.target,
    this.timeoutMs,
    this.session,
  }) {
    if (args != null && params != null) {
      throw ArgumentError('Either args or params, not both.');
    }
  }

  /// The ID of a command, or a prompt if [target] is `cli`.
  final String command;

  /// Arguments as strings.
  final List<String>? args;

  /// Arguments as JSON values of any kind.
  final List<Object?>? params;

  /// The absolute path of a folder that is open in the editor.
  final String? workspacePath;

  /// The ID of a window.
  final String? windowId;

  /// `auto` (default), `editor` or `cli`.
  final String? target;

  /// The longest duration of the command, including the time in the queue.
  final int? timeoutMs;

  /// A session of Kiro CLI: `default`, `fresh`, any name or an ID.
  final String? session;

  /// Returns the JSON object.
  Map<String, dynamic> toJson() => {
    'command': command,
    if (args != null) 'args': args,
    if (params != null) 'params': params,
    if (workspacePath != null) 'workspacePath': workspacePath,
    if (windowId != null) 'windowId': windowId,
    if (target != null) 'target': target,
    if (timeoutMs != null) 'timeoutMs': timeoutMs,
    if (session != null) 'session': session,
  };
}

/// The body of `POST /kiro/chat`.
class ChatRequest {
  /// Creates a request.
  ChatRequest({
    required this.prompt,
    this.target,
    this.session,
    this.schema,
    this.workspacePath,
    this.windowId,
    this.timeoutMs,
  });

  /// The prompt.
  final String prompt;

  /// `kiro`, or the ID of an engine. Default: the agent of the settings.
  final String? target;

  /// `default`, `fresh`, any other name, or the ID of a session.
  final String? session;

  /// A JSON Schema for the answer.
  final Map<String, dynamic>? schema;

  /// The absolute path of the folder to work in.
  final String? workspacePath;

  /// The ID of a window.
  final String? windowId;

  /// The longest duration of the answer, including the time in the queue.
  final int? timeoutMs;

  /// Returns the JSON object.
  Map<String, dynamic> toJson() => {
    'prompt': prompt,
    if (target != null) 'target': target,
    if (session != null) 'session': session,
    if (schema != null) 'schema': schema,
    if (workspacePath != null) 'workspacePath': workspacePath,
    if (windowId != null) 'windowId': windowId,
    if (timeoutMs != null) 'timeoutMs': timeoutMs,
  };
}

/// The body of `POST /api/kiro/input`: the answer to a question.
class UserInputRequest {
  /// Creates an answer.
  UserInputRequest({
    required this.executionId,
    required this.type,
    required this.value,
    this.questionId,
  });

  /// The execution that asks.
  final String executionId;

  /// The `inputType` of the question.
  final String type;

  /// The answer.
  final String value;

  /// The question. Without it, only the first one of an execution is answered.
  final String? questionId;

  /// Returns the JSON object.
  Map<String, dynamic> toJson() => {
    'executionId': executionId,
    'type': type,
    'value': value,
    if (questionId != null) 'questionId': questionId,
  };
}

/// The body of `POST /api/kiro/pair`: a request for a token.
class PairRequest {
  /// Creates a request. Either [role] or [scopes] must be given.
  PairRequest({
    required this.name,
    this.role,
    this.scopes,
    this.commands,
    this.limits,
    this.reason,
  }) {
    if ((role == null) == (scopes == null)) {
      throw ArgumentError('Either role or scopes.');
    }
  }

  /// The name that the user sees.
  final String name;

  /// `operator`, `viewer`, `ci` or `owner`.
  final String? role;

  /// The scopes, in place of a role.
  final List<String>? scopes;

  /// Patterns of commands: `{'allow': [...], 'deny': [...]}`.
  final Map<String, List<String>>? commands;

  /// Limits of the client, such as `{'running': 2}`.
  final Map<String, int>? limits;

  /// The purpose, in one line.
  final String? reason;

  /// Returns the JSON object.
  Map<String, dynamic> toJson() => {
    'name': name,
    if (role != null) 'role': role,
    if (scopes != null) 'scopes': scopes,
    if (commands != null) 'commands': commands,
    if (limits != null) 'limits': limits,
    if (reason != null) 'reason': reason,
  };
}
