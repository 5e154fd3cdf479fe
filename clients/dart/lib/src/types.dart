import 'json.dart';

/// The response of `POST /api/kiro/execute`.
class ExecuteCommandResponse {
  /// Creates a response.
  ExecuteCommandResponse({
    required this.success,
    required this.output,
    this.error,
    this.code,
    this.cause,
    required this.executionTimeMs,
    required this.executionId,
    required this.status,
    this.result,
    this.exitCode,
    this.stopReason,
    this.outputTruncated,
    this.sessionId,
    this.requiresInput,
    this.questionId,
    this.prompt,
    this.inputType,
    this.choices,
  });

  /// Reads the JSON object.
  factory ExecuteCommandResponse.fromJson(Map<String, dynamic> json) {
    return ExecuteCommandResponse(
      success: json['success'] as bool,
      output: json['output'] as String,
      error: json['error'] as String?,
      code: json['code'] as String?,
      cause: json['cause'] as String?,
      executionTimeMs: json['executionTimeMs'] as int,
      executionId: json['executionId'] as String,
      status: json['status'] as String,
      result: json['result'],
      exitCode: json['exitCode'] as int?,
      stopReason: json['stopReason'] as String?,
      outputTruncated: json['outputTruncated'] as bool?,
      sessionId: json['sessionId'] as String?,
      requiresInput: json['requiresInput'] as bool?,
      questionId: json['questionId'] as String?,
      prompt: json['prompt'] as String?,
      inputType: json['inputType'] as String?,
      choices: (json['choices'] as List<dynamic>?)?.cast<String>(),
    );
  }

  /// True if the command has completed.
  final bool success;

  /// The output of the command, as text.
  final String output;

  /// The reason of the failure, for people.
  final String? error;

  /// The code of the failure, for programs.
  final String? code;

  /// With the code `KIRO_UNAVAILABLE`, the exact cause.
  final String? cause;

  /// The duration, without the time in the queue.
  final int executionTimeMs;

  /// The ID of the execution.
  final String executionId;

  /// `queued`, `running`, `waiting-input`, `completed`, `failed`, `cancelled`
  /// or `interrupted`.
  final String status;

  /// The exact value that the command returned.
  final Object? result;

  /// The exit code.
  final int? exitCode;

  /// The reason for which a turn of Kiro CLI ended.
  final String? stopReason;

  /// True if there was more output than is kept.
  final bool? outputTruncated;

  /// The session of Kiro CLI.
  final String? sessionId;

  /// True if the execution asks a question.
  final bool? requiresInput;

  /// The ID of the question.
  final String? questionId;

  /// The text of the question.
  final String? prompt;

  /// `text`, `choice`, `file` or `confirmation`.
  final String? inputType;

  /// The possible answers.
  final List<String>? choices;
}

/// An execution, as the list and the history have it.
class CommandExecution {
  /// Reads the JSON object.
  CommandExecution.fromJson(Map<String, dynamic> json)
    : id = json['id'] as String,
      command = json['command'] as String,
      args = (json['args'] as List<dynamic>).cast<String>(),
      params = json['params'] as List<dynamic>?,
      workspacePath = json['workspacePath'] as String?,
      startedAt = DateTime.parse(json['startedAt'] as String),
      completedAt = DateTime.tryParse((json['completedAt'] as String?) ?? ''),
      status = json['status'] as String,
      output = json['output'] as String,
      error = json['error'] as String?,
      code = json['code'] as String?,
      cause = json['cause'] as String?,
      target = json['target'] as String,
      queuedAt = DateTime.parse(json['queuedAt'] as String),
      windowId = json['windowId'] as String,
      session = json['session'] as String?,
      sessionId = json['sessionId'] as String?,
      parentId = json['parentId'] as String?,
      traceparent = json['traceparent'] as String?,
      executionTimeMs = json['executionTimeMs'] as int?,
      result = json['result'],
      exitCode = json['exitCode'] as int?,
      stopReason = json['stopReason'] as String?,
      outputTruncated = json['outputTruncated'] as bool?,
      contentOmitted = json['contentOmitted'] as bool?,
      contentTruncated = json['contentTruncated'] as bool?,
      contentMasked = json['contentMasked'] as bool?,
      pendingInput = object(
        json['pendingInput'] as Map<String, dynamic>?,
        PendingInput.fromJson,
      ),
      waitingFor = json['waitingFor'] as String?;

  /// The ID.
  final String id;

  /// The command.
  final String command;

  /// The arguments as strings.
  final List<String> args;

  /// The arguments as JSON values.
  final List<dynamic>? params;

  /// The folder.
  final String? workspacePath;

  /// While the execution is queued, the time when it was queued.
  final DateTime startedAt;

  /// The time when it ended.
  final DateTime? completedAt;

  /// The status; see [ExecuteCommandResponse.status].
  final String status;

  /// The output so far.
  final String output;

  /// The reason of the failure, for people.
  final String? error;

  /// The code of the failure, for programs.
  final String? code;

  /// With the code `KIRO_UNAVAILABLE`, the exact cause.
  final String? cause;

  /// `editor` or `cli`. Further values may be added.
  final String target;

  /// The time when it was accepted.
  final DateTime queuedAt;

  /// The window that runs it.
  final String windowId;

  /// The session that was asked for.
  final String? session;

  /// The session of Kiro CLI.
  final String? sessionId;

  /// The execution in which an agent has requested it.
  final String? parentId;

  /// The `traceparent` that the program has sent.
  final String? traceparent;

  /// The duration, without the time in the queue.
  final int? executionTimeMs;

  /// The exact value that the command returned.
  final Object? result;

  /// The exit code.
  final int? exitCode;

  /// The reason for which a turn of Kiro CLI ended.
  final String? stopReason;

  /// True if there was more output than is kept.
  final bool? outputTruncated;

  /// True if the history keeps no contents.
  final bool? contentOmitted;

  /// True if texts or values are truncated.
  final bool? contentTruncated;

  /// True if the history has replaced secrets.
  final bool? contentMasked;

  /// The question that waits for an answer.
  final PendingInput? pendingInput;

  /// `caller-tool`, while it waits for a tool that the caller has lent.
  final String? waitingFor;

  /// Whether the execution has ended.
  bool get hasEnded => const {
    'completed',
    'failed',
    'cancelled',
    'interrupted',
  }.contains(status);
}

/// A question that waits for the answer.
class PendingInput {
  /// Reads the JSON object.
  PendingInput.fromJson(Map<String, dynamic> json)
    : questionId = json['questionId'] as String,
      prompt = json['prompt'] as String,
      inputType = json['inputType'] as String,
      choices = (json['choices'] as List<dynamic>?)?.cast<String>(),
      options = json['options'] == null
          ? null
          : objects(json['options'] as List<dynamic>, InputOption.fromJson),
      expiresAt = DateTime.parse(json['expiresAt'] as String);

  /// The ID of the question.
  final String questionId;

  /// The text of the question.
  final String prompt;

  /// `text`, `choice`, `file` or `confirmation`.
  final String inputType;

  /// The possible answers.
  final List<String>? choices;

  /// The same answers with their meaning.
  final List<InputOption>? options;

  /// When the question is denied.
  final DateTime expiresAt;
}

/// A possible answer, with its meaning.
class InputOption {
  /// Reads the JSON object.
  InputOption.fromJson(Map<String, dynamic> json)
    : value = json['value'] as String,
      label = json['label'] as String,
      kind = json['kind'] as String;

  /// The value to send.
  final String value;

  /// The text to show.
  final String label;

  /// The meaning, such as `allow_once`.
  final String kind;
}

/// One page of executions, newest first.
class ExecutionList {
  /// Reads the JSON object.
  ExecutionList.fromJson(Map<String, dynamic> json)
    : executions = objects(
        json['executions'] as List<dynamic>,
        CommandExecution.fromJson,
      ),
      nextCursor = json['nextCursor'] as String?,
      missingWindows = (json['missingWindows'] as List<dynamic>?)
          ?.cast<String>();

  /// The executions, as previews.
  final List<CommandExecution> executions;

  /// The cursor of the next page, if there is one.
  final String? nextCursor;

  /// Windows that did not respond in time.
  final List<String>? missingWindows;
}

/// The effect of a cancellation.
class CancelResponse {
  /// Reads the JSON object.
  CancelResponse.fromJson(Map<String, dynamic> json)
    : status = json['status'] as String,
      how = json['how'] as String;

  /// The status of the execution.
  final String status;

  /// `dequeued`, `cooperative`, `killed` or `not-cancellable`.
  final String how;
}

/// The acceptance of an answer.
class UserInputResponse {
  /// Reads the JSON object.
  UserInputResponse.fromJson(Map<String, dynamic> json)
    : success = json['success'] as bool,
      executionId = json['executionId'] as String,
      questionId = json['questionId'] as String?;

  /// Always true.
  final bool success;

  /// The execution that asked.
  final String executionId;

  /// The question.
  final String? questionId;
}

/// What a turn has used, as far as the agent says it.
class TurnUsage {
  /// Reads the JSON object.
  TurnUsage.fromJson(Map<String, dynamic> json)
    : credits = (json['credits'] as num?)?.toDouble(),
      contextPercent = (json['contextPercent'] as num?)?.toDouble(),
      inputTokens = json['inputTokens'] as int?,
      cachedInputTokens = json['cachedInputTokens'] as int?,
      outputTokens = json['outputTokens'] as int?,
      steps = json['steps'] as int?,
      cost = (json['cost'] as num?)?.toDouble(),
      currency = json['currency'] as String?;

  /// The credits of Kiro.
  final double? credits;

  /// The part of the agent's context that the conversation fills.
  final double? contextPercent;

  /// The input of all requests to the model, with what was read from a cache.
  final int? inputTokens;

  /// The part of the input that was read from a cache.
  final int? cachedInputTokens;

  /// The output of all requests, with the reasoning.
  final int? outputTokens;

  /// The requests to the model.
  final int? steps;

  /// By the prices in the settings.
  final double? cost;

  /// The currency of the cost.
  final String? currency;
}

/// The complete answer of Kiro CLI.
class ChatResponse {
  /// Reads the JSON object.
  ChatResponse.fromJson(Map<String, dynamic> json)
    : message = json['message'] as String,
      success = json['success'] as bool,
      executionId = json['executionId'] as String,
      sessionId = json['sessionId'] as String?,
      agent = json['agent'] as String?,
      stopReason = json['stopReason'] as String?,
      json = json['json'],
      isTruncated = json['isTruncated'] as bool?,
      usage = json['usage'] == null
          ? null
          : TurnUsage.fromJson(json['usage'] as Map<String, dynamic>),
      simulated = json['simulated'] as bool?,
      error = json['error'] as String?,
      code = json['code'] as String?;

  /// The text.
  final String message;

  /// False if the answer does not match the schema.
  final bool success;

  /// The ID of the execution.
  final String executionId;

  /// The session that answered.
  final String? sessionId;

  /// The agent that answered: `kiro`, or the ID of an engine.
  final String? agent;

  /// The reason for which the turn ended.
  final String? stopReason;

  /// With a schema: the JSON of the answer.
  final Object? json;

  /// True if the text is truncated.
  final bool? isTruncated;

  /// What the turn has used, as far as the agent says it.
  final TurnUsage? usage;

  /// True if the built-in simulator answered.
  final bool? simulated;

  /// The reason of the failure, for people.
  final String? error;

  /// The code of the failure, for programs.
  final String? code;
}

/// A session of Kiro CLI.
class KiroSession {
  /// Reads the JSON object.
  KiroSession.fromJson(Map<String, dynamic> json)
    : id = json['id'] as String,
      name = json['name'] as String,
      agent = json['agent'] as String?,
      workspacePath = json['workspacePath'] as String,
      principalId = json['principalId'] as String?,
      state = json['state'] as String,
      transport = json['transport'] as String?,
      turns = json['turns'] as int,
      restarts = json['restarts'] as int,
      crashes = json['crashes'] as int,
      createdAt = DateTime.parse(json['createdAt'] as String),
      lastUsedAt = DateTime.parse(json['lastUsedAt'] as String),
      simulated = json['simulated'] as bool?,
      windowId = json['windowId'] as String?;

  /// The ID.
  final String id;

  /// The name.
  final String name;

  /// The agent: `kiro`, or the ID of an engine.
  final String? agent;

  /// The folder.
  final String workspacePath;

  /// The owner; absent for a shared session.
  final String? principalId;

  /// `sleeping`, `starting`, `idle`, `busy` or `closed`.
  final String state;

  /// `acp`, `oneshot`, `pipe`, or the protocol of a model.
  final String? transport;

  /// The number of turns.
  final int turns;

  /// The number of times that its process was replaced.
  final int restarts;

  /// Crashes since the last successful turn.
  final int crashes;

  /// When it was created.
  final DateTime createdAt;

  /// When it was used last.
  final DateTime lastUsedAt;

  /// True for the built-in simulator.
  final bool? simulated;

  /// The window that has the session.
  final String? windowId;
}

/// A command of the editor or of Kiro CLI.
class Command {
  /// Reads the JSON object.
  Command.fromJson(Map<String, dynamic> json)
    : id = json['id'] as String,
      title = json['title'] as String?,
      source = json['source'] as String,
      allowed = json['allowed'] as bool,
      windows = (json['windows'] as List<dynamic>?)?.cast<String>();

  /// The ID.
  final String id;

  /// The title in the command palette.
  final String? title;

  /// `editor`, `kiro-cli` or the ID of an extension.
  final String source;

  /// Whether the policy allows it.
  final bool allowed;

  /// The windows that have it; absent if all have.
  final List<String>? windows;
}

/// Replaces the token in the URL of one WebSocket or event stream.
class Ticket {
  /// Reads the JSON object.
  Ticket.fromJson(Map<String, dynamic> json)
    : ticket = json['ticket'] as String,
      expiresAt = DateTime.parse(json['expiresAt'] as String);

  /// The value of `?ticket=`.
  final String ticket;

  /// When it is no longer valid.
  final DateTime expiresAt;
}
