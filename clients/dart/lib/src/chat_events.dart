import 'events.dart';
import 'json.dart';
import 'types.dart';

/// An event of a streamed chat.
sealed class ChatEvent {
  const ChatEvent();

  /// Reads the JSON object of the event with this name, or returns null if this
  /// version does not know it.
  static ChatEvent? fromJson(String name, Map<String, dynamic> json) {
    return switch (name) {
      'queued' => ChatQueued.fromJson(json),
      'started' => ChatStarted.fromJson(json),
      'delta' => ChatDelta.fromJson(json),
      'notice' => ChatNotice.fromJson(json),
      'retract' => ChatRetract.fromJson(json),
      'question' => ChatQuestion.fromJson(json),
      'input-accepted' => ChatInputAccepted.fromJson(json),
      'input-expired' => ChatInputExpired.fromJson(json),
      'tool' => ChatTool.fromJson(json),
      'events-lost' => ChatEventsLost.fromJson(json),
      'done' => ChatDone(ChatResponse.fromJson(json)),
      _ => null,
    };
  }
}

/// The complete answer, as the last event.
final class ChatDone extends ChatEvent {
  /// Creates the event.
  const ChatDone(this.response);

  /// The answer.
  final ChatResponse response;
}

/// The prompt waits in the queue.
final class ChatQueued extends ChatEvent {
  /// Reads the JSON object.
  ChatQueued.fromJson(Map<String, dynamic> json)
    : executionId = json['executionId'] as String,
      position = json['position'] as int;

  /// The execution.
  final String executionId;

  /// The number of executions ahead of it.
  final int position;
}

/// The turn has started.
final class ChatStarted extends ChatEvent {
  /// Reads the JSON object.
  ChatStarted.fromJson(Map<String, dynamic> json)
    : executionId = json['executionId'] as String;

  /// The execution.
  final String executionId;
}

/// The next part of the answer.
final class ChatDelta extends ChatEvent {
  /// Reads the JSON object.
  ChatDelta.fromJson(Map<String, dynamic> json) : text = json['text'] as String;

  /// The text.
  final String text;
}

/// Additional output of the CLI.
final class ChatNotice extends ChatEvent {
  /// Reads the JSON object.
  ChatNotice.fromJson(Map<String, dynamic> json)
    : text = json['text'] as String;

  /// The text.
  final String text;
}

/// The end of the answer is void.
final class ChatRetract extends ChatEvent {
  /// Reads the JSON object.
  ChatRetract.fromJson(Map<String, dynamic> json)
    : length = json['length'] as int;

  /// The number of UTF-16 code units.
  final int length;
}

/// Kiro CLI asks a question.
final class ChatQuestion extends ChatEvent {
  /// Reads the JSON object.
  ChatQuestion.fromJson(Map<String, dynamic> json)
    : executionId = json['executionId'] as String,
      questionId = json['questionId'] as String,
      prompt = json['prompt'] as String,
      inputType = json['inputType'] as String,
      choices = (json['choices'] as List<dynamic>?)?.cast<String>(),
      timeoutMs = json['timeoutMs'] as int?;

  /// The execution.
  final String executionId;

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
final class ChatInputAccepted extends ChatEvent {
  /// Reads the JSON object.
  ChatInputAccepted.fromJson(Map<String, dynamic> json)
    : executionId = json['executionId'] as String,
      principalId = json['principalId'] as String?,
      questionId = json['questionId'] as String,
      inputValue = json['inputValue'] as String;

  /// The execution.
  final String executionId;

  /// The principal that requested it.
  final String? principalId;

  /// The ID of the question.
  final String questionId;

  /// The answer.
  final String inputValue;
}

/// A question was denied, because nobody answered.
final class ChatInputExpired extends ChatEvent {
  /// Reads the JSON object.
  ChatInputExpired.fromJson(Map<String, dynamic> json)
    : executionId = json['executionId'] as String,
      principalId = json['principalId'] as String?,
      questionId = json['questionId'] as String,
      inputValue = json['inputValue'] as String;

  /// The execution.
  final String executionId;

  /// The principal that requested it.
  final String? principalId;

  /// The ID of the question.
  final String questionId;

  /// The answer in its place.
  final String inputValue;
}

/// Kiro CLI uses a tool.
final class ChatTool extends ChatEvent {
  /// Reads the JSON object.
  ChatTool.fromJson(Map<String, dynamic> json)
    : principalId = json['principalId'] as String?,
      toolCallId = json['toolCallId'] as String,
      title = json['title'] as String,
      kind = json['kind'] as String?,
      status = json['status'] as String?,
      childId = json['childId'] as String?,
      by = json['by'] as String?,
      diffs = json['diffs'] == null
          ? null
          : objects(json['diffs'] as List<dynamic>, FileDiff.fromJson);

  /// The principal that requested it.
  final String? principalId;

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

/// Parts of the stream were skipped; the last event has the complete text.
final class ChatEventsLost extends ChatEvent {
  /// Reads the JSON object.
  ChatEventsLost.fromJson(Map<String, dynamic> json)
    : from = json['from'] as int,
      to = json['to'] as int,
      lostWindowId = json['lostWindowId'] as String?,
      lostFrom = json['lostFrom'] as int?,
      lostTo = json['lostTo'] as int?;

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
