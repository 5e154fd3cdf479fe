import 'json.dart';
import 'status.dart';

/// An event of the bridge.
sealed class BridgeEvent {
  BridgeEvent._(Map<String, dynamic> json)
    : type = json['type'] as String,
      eventId = json['eventId'] as int,
      timestamp = DateTime.parse(json['timestamp'] as String),
      windowId = json['windowId'] as String,
      windowEventId = json['windowEventId'] as int?;

  /// Reads the JSON object of any event.
  factory BridgeEvent.fromJson(Map<String, dynamic> json) {
    return switch (json['type']) {
      'connection-ready' => ConnectionReadyEvent.fromJson(json),
      'command-queued' => CommandQueuedEvent.fromJson(json),
      'command-started' => CommandStartedEvent.fromJson(json),
      'command-output' => CommandOutputEvent.fromJson(json),
      'output-retracted' => OutputRetractedEvent.fromJson(json),
      'tool-call' => ToolCallEvent.fromJson(json),
      'agent-step' => AgentStepEvent.fromJson(json),
      'conversation-compacted' => ConversationCompactedEvent.fromJson(json),
      'wait-changed' => WaitChangedEvent.fromJson(json),
      'user-input-required' => UserInputRequiredEvent.fromJson(json),
      'input-accepted' => InputAcceptedEvent.fromJson(json),
      'input-expired' => InputExpiredEvent.fromJson(json),
      'command-completed' => CommandCompletedEvent.fromJson(json),
      'command-error' => CommandErrorEvent.fromJson(json),
      'command-cancelled' => CommandCancelledEvent.fromJson(json),
      'status-changed' => StatusChangedEvent.fromJson(json),
      'session-changed' => SessionChangedEvent.fromJson(json),
      'window-joined' => WindowJoinedEvent.fromJson(json),
      'window-left' => WindowLeftEvent.fromJson(json),
      'events-lost' => EventsLostEvent.fromJson(json),
      _ => UnknownEvent.fromJson(json),
    };
  }

  /// The type, such as `command-started`.
  final String type;

  /// The position in the sequence of this epoch.
  final int eventId;

  /// The time of the event.
  final DateTime timestamp;

  /// The window that has reported it.
  final String windowId;

  /// Its number among the events of this window.
  final int? windowEventId;
}

/// An event of one execution.
sealed class ExecutionEvent extends BridgeEvent {
  ExecutionEvent._(super.json)
    : executionId = json['executionId'] as String,
      principalId = json['principalId'] as String?,
      super._();

  /// The execution.
  final String executionId;

  /// The principal that requested it.
  final String? principalId;
}

/// An event of a type that this version does not know.
final class UnknownEvent extends BridgeEvent {
  /// Keeps the JSON object.
  UnknownEvent.fromJson(super.json) : fields = json, super._();

  /// All fields of the event.
  final Map<String, dynamic> fields;
}

/// Begins every connection of an event stream, also after a reconnect.
final class ConnectionReadyEvent extends BridgeEvent {
  /// Reads the JSON object.
  ConnectionReadyEvent.fromJson(super.json)
    : serverInfo = ServerInfo.fromJson(
        json['serverInfo'] as Map<String, dynamic>,
      ),
      epoch = json['epoch'] as String,
      lastEventId = json['lastEventId'] as int,
      clientId = json['clientId'] as String,
      super._();

  /// The bridge.
  final ServerInfo serverInfo;

  /// Identifies the sequence of event IDs.
  final String epoch;

  /// The ID of the newest event.
  final int lastEventId;

  /// Identifies this connection.
  final String clientId;
}

/// An execution waits in the queue.
final class CommandQueuedEvent extends ExecutionEvent {
  /// Reads the JSON object.
  CommandQueuedEvent.fromJson(super.json)
    : command = json['command'] as String,
      position = json['position'] as int,
      target = json['target'] as String?,
      requestedBy = object(
        json['requestedBy'] as Map<String, dynamic>?,
        Requester.fromJson,
      ),
      parentId = json['parentId'] as String?,
      traceparent = json['traceparent'] as String?,
      super._();

  /// The command.
  final String command;

  /// The number of executions ahead of it.
  final int position;

  /// `editor` or `cli`.
  final String? target;

  /// The sender of the request.
  final Requester? requestedBy;

  /// The execution in which an agent has requested it.
  final String? parentId;

  /// The `traceparent` that the program has sent.
  final String? traceparent;
}

/// An execution has started.
final class CommandStartedEvent extends ExecutionEvent {
  /// Reads the JSON object.
  CommandStartedEvent.fromJson(super.json)
    : command = json['command'] as String,
      args = (json['args'] as List<dynamic>).cast<String>(),
      target = json['target'] as String?,
      requestedBy = object(
        json['requestedBy'] as Map<String, dynamic>?,
        Requester.fromJson,
      ),
      parentId = json['parentId'] as String?,
      traceparent = json['traceparent'] as String?,
      super._();

  /// The command.
  final String command;

  /// The arguments.
  final List<String> args;

  /// `editor` or `cli`.
  final String? target;

  /// The sender of the request.
  final Requester? requestedBy;

  /// The execution in which an agent has requested it.
  final String? parentId;

  /// The `traceparent` that the program has sent.
  final String? traceparent;
}

/// The next part of the output.
final class CommandOutputEvent extends ExecutionEvent {
  /// Reads the JSON object.
  CommandOutputEvent.fromJson(super.json)
    : output = json['output'] as String,
      stream = json['stream'] as String,
      super._();

  /// The text.
  final String output;

  /// `stdout` for the answer, `stderr` for additional output.
  final String stream;
}

/// The end of the output is void, and will be sent again.
final class OutputRetractedEvent extends ExecutionEvent {
  /// Reads the JSON object.
  OutputRetractedEvent.fromJson(super.json)
    : length = json['length'] as int,
      super._();

  /// The number of UTF-16 code units.
  final int length;
}

/// Kiro CLI uses a tool.
final class ToolCallEvent extends ExecutionEvent {
  /// Reads the JSON object.
  ToolCallEvent.fromJson(super.json)
    : toolCallId = json['toolCallId'] as String,
      title = json['title'] as String,
      kind = json['kind'] as String?,
      status = json['status'] as String?,
      childId = json['childId'] as String?,
      by = json['by'] as String?,
      diffs = json['diffs'] == null
          ? null
          : objects(json['diffs'] as List<dynamic>, FileDiff.fromJson),
      super._();

  /// The ID of the use.
  final String toolCallId;

  /// The title.
  final String title;

  /// The kind of tool.
  final String? kind;

  /// The status.
  final String? status;

  /// The execution as which the call of an agent runs.
  final String? childId;

  /// `agent`, or `caller` for a tool that the caller has lent.
  final String? by;

  /// Changes of files.
  final List<FileDiff>? diffs;
}

/// A request of an agent to its model has ended, or is repeated.
final class AgentStepEvent extends ExecutionEvent {
  /// Reads the JSON object.
  AgentStepEvent.fromJson(super.json)
    : step = json['step'] as int,
      status = json['status'] as String,
      model = json['model'] as String,
      finishReason = json['finishReason'] as String?,
      inputTokens = json['inputTokens'] as int?,
      cachedInputTokens = json['cachedInputTokens'] as int?,
      outputTokens = json['outputTokens'] as int?,
      reasoningTokens = json['reasoningTokens'] as int?,
      isEstimated = json['isEstimated'] as bool?,
      cost = (json['cost'] as num?)?.toDouble(),
      currency = json['currency'] as String?,
      reason = json['reason'] as String?,
      delayMs = json['delayMs'] as int?,
      super._();

  /// Counts the requests of the turn, from 1.
  final int step;

  /// `completed`, or `retrying`: the request has failed and is sent again.
  final String status;

  /// The model, as its vendor names it.
  final String model;

  /// Why the model has stopped.
  final String? finishReason;

  /// All of the input, with what was read from a cache.
  final int? inputTokens;

  /// The part of the input that was read from a cache.
  final int? cachedInputTokens;

  /// The output, with the reasoning.
  final int? outputTokens;

  /// The part of the output that is reasoning.
  final int? reasoningTokens;

  /// True if the vendor has not told the numbers of tokens.
  final bool? isEstimated;

  /// By the prices in the settings; null without them.
  final double? cost;

  /// The currency of the cost.
  final String? currency;

  /// What has failed, if the request is sent again.
  final String? reason;

  /// The time until then, in milliseconds.
  final int? delayMs;
}

/// The conversation was too long for the model: a summary has replaced its older messages.
final class ConversationCompactedEvent extends ExecutionEvent {
  /// Reads the JSON object.
  ConversationCompactedEvent.fromJson(super.json)
    : droppedItems = json['droppedItems'] as int,
      tokensBefore = json['tokensBefore'] as int,
      tokensAfter = json['tokensAfter'] as int,
      super._();

  /// The number of messages that the summary replaces.
  final int droppedItems;

  /// The length of the conversation before, estimated.
  final int tokensBefore;

  /// The length of the conversation after, estimated.
  final int tokensAfter;
}

/// An execution begins to wait for something that is not an answer, or goes on.
final class WaitChangedEvent extends ExecutionEvent {
  /// Reads the JSON object.
  WaitChangedEvent.fromJson(super.json)
    : waitingFor = json['waitingFor'] as String?,
      super._();

  /// `caller-tool`: a tool that the caller has lent. Null if it goes on.
  final String? waitingFor;
}

/// An execution asks a question.
final class UserInputRequiredEvent extends ExecutionEvent {
  /// Reads the JSON object.
  UserInputRequiredEvent.fromJson(super.json)
    : questionId = json['questionId'] as String,
      prompt = json['prompt'] as String,
      inputType = json['inputType'] as String,
      choices = (json['choices'] as List<dynamic>?)?.cast<String>(),
      timeoutMs = json['timeoutMs'] as int?,
      super._();

  /// The ID of the question.
  final String questionId;

  /// The text.
  final String prompt;

  /// `text`, `choice`, `file` or `confirmation`.
  final String inputType;

  /// The possible answers.
  final List<String>? choices;

  /// The time until it is denied.
  final int? timeoutMs;
}

/// A question was answered.
final class InputAcceptedEvent extends ExecutionEvent {
  /// Reads the JSON object.
  InputAcceptedEvent.fromJson(super.json)
    : questionId = json['questionId'] as String,
      inputValue = json['inputValue'] as String,
      super._();

  /// The ID of the question.
  final String questionId;

  /// The answer.
  final String inputValue;
}

/// A question was denied, because nobody answered.
final class InputExpiredEvent extends ExecutionEvent {
  /// Reads the JSON object.
  InputExpiredEvent.fromJson(super.json)
    : questionId = json['questionId'] as String,
      inputValue = json['inputValue'] as String,
      super._();

  /// The ID of the question.
  final String questionId;

  /// The answer in its place.
  final String inputValue;
}

/// An execution has completed.
final class CommandCompletedEvent extends ExecutionEvent {
  /// Reads the JSON object.
  CommandCompletedEvent.fromJson(super.json)
    : success = json['success'] as bool,
      output = json['output'] as String,
      exitCode = json['exitCode'] as int?,
      executionTimeMs = json['executionTimeMs'] as int,
      super._();

  /// Always true, unless the command reported a failure.
  final bool success;

  /// The complete output.
  final String output;

  /// The exit code.
  final int? exitCode;

  /// The duration.
  final int executionTimeMs;
}

/// An execution has failed or was interrupted.
final class CommandErrorEvent extends ExecutionEvent {
  /// Reads the JSON object.
  CommandErrorEvent.fromJson(super.json)
    : error = json['error'] as String,
      errorCode = json['errorCode'] as String?,
      cause = json['cause'] as String?,
      recoverable = json['recoverable'] as bool,
      status = json['status'] as String?,
      super._();

  /// The reason, for people.
  final String error;

  /// The code of the failure, for programs.
  final String? errorCode;

  /// With `KIRO_UNAVAILABLE`, the exact cause.
  final String? cause;

  /// Whether the same request may succeed later.
  final bool recoverable;

  /// `interrupted`, or absent.
  final String? status;
}

/// An execution was cancelled.
final class CommandCancelledEvent extends ExecutionEvent {
  /// Reads the JSON object.
  CommandCancelledEvent.fromJson(super.json)
    : how = json['how'] as String,
      super._();

  /// `dequeued`, `cooperative` or `killed`.
  final String how;
}

/// The status of the bridge has changed.
final class StatusChangedEvent extends BridgeEvent {
  /// Reads the JSON object.
  StatusChangedEvent.fromJson(super.json)
    : status = KiroStatusType.parse(json['status'] as String),
      currentCommand = json['currentCommand'] as String?,
      principalId = json['principalId'] as String?,
      previousStatus = json['previousStatus'] as String?,
      super._();

  /// The status.
  final KiroStatusType status;

  /// The command that runs.
  final String? currentCommand;

  /// The principal that requested it.
  final String? principalId;

  /// The status before.
  final String? previousStatus;
}

/// A session of Kiro CLI has changed.
final class SessionChangedEvent extends BridgeEvent {
  /// Reads the JSON object.
  SessionChangedEvent.fromJson(super.json)
    : sessionId = json['sessionId'] as String,
      name = json['name'] as String,
      state = json['state'] as String,
      principalId = json['principalId'] as String?,
      super._();

  /// The ID.
  final String sessionId;

  /// The name.
  final String name;

  /// The state.
  final String state;

  /// Its owner; absent for a shared session.
  final String? principalId;
}

/// A window has joined the address.
final class WindowJoinedEvent extends BridgeEvent {
  /// Reads the JSON object.
  WindowJoinedEvent.fromJson(super.json)
    : window = KiroWindow.fromJson(json['window'] as Map<String, dynamic>),
      super._();

  /// The window.
  final KiroWindow window;
}

/// A window has left the address.
final class WindowLeftEvent extends BridgeEvent {
  /// Reads the JSON object.
  WindowLeftEvent.fromJson(super.json)
    : leftWindowId = json['leftWindowId'] as String,
      reason = json['reason'] as String,
      super._();

  /// The window.
  final String leftWindowId;

  /// `closed`, `crashed` or `not-responding`.
  final String reason;
}

/// Events that are no longer kept were skipped.
final class EventsLostEvent extends BridgeEvent {
  /// Reads the JSON object.
  EventsLostEvent.fromJson(super.json)
    : from = json['from'] as int,
      to = json['to'] as int,
      lostWindowId = json['lostWindowId'] as String?,
      lostFrom = json['lostFrom'] as int?,
      lostTo = json['lostTo'] as int?,
      super._();

  /// The first one.
  final int from;

  /// The last one.
  final int to;

  /// The window of the events, if they are those of one.
  final String? lostWindowId;

  /// The `windowEventId` of the first one.
  final int? lostFrom;

  /// The `windowEventId` of the last one.
  final int? lostTo;
}

/// The bridge that a stream is connected to.
class ServerInfo {
  /// Reads the JSON object.
  ServerInfo.fromJson(Map<String, dynamic> json)
    : version = json['version'] as String,
      features = (json['features'] as List<dynamic>).cast<String>();

  /// The version of the extension.
  final String version;

  /// The features of the bridge.
  final List<String> features;
}

/// The sender of a request.
class Requester {
  /// Reads the JSON object.
  Requester.fromJson(Map<String, dynamic> json)
    : origin = json['origin'] as String,
      name = json['name'] as String?,
      principal = object(
        json['principal'] as Map<String, dynamic>?,
        Principal.fromJson,
      ),
      via = json['via'] as String?;

  /// `program`, or `editor` for the user.
  final String origin;

  /// The name that the program gives itself.
  final String? name;

  /// The sender, as authenticated.
  final Principal? principal;

  /// The gateway: `openai`, `anthropic` or `mcp`; or `agent`.
  final String? via;
}

/// A program or user, as authenticated by the bridge.
class Principal {
  /// Reads the JSON object.
  Principal.fromJson(Map<String, dynamic> json)
    : id = json['id'] as String,
      name = json['name'] as String,
      kind = json['kind'] as String;

  /// `owner`, or the ID of a client.
  final String id;

  /// The name.
  final String name;

  /// `owner`, `client` or another kind.
  final String kind;
}

/// A change of a file by a tool.
class FileDiff {
  /// Reads the JSON object.
  FileDiff.fromJson(Map<String, dynamic> json)
    : path = json['path'] as String,
      oldText = json['oldText'] as String?,
      newText = json['newText'] as String,
      isTruncated = json['isTruncated'] as bool?;

  /// The file.
  final String path;

  /// The text before; absent for a new file.
  final String? oldText;

  /// The text after.
  final String newText;

  /// True if a text is truncated.
  final bool? isTruncated;
}
