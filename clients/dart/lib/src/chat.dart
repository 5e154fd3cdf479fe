import 'dart:async';
import 'dart:math';

import 'chat_events.dart';
import 'errors.dart';
import 'resuming_stream.dart';
import 'session.dart';
import 'sse.dart';
import 'types.dart';

/// One streamed chat.
///
/// A broken stream is continued with the idempotency key: no event is delivered
/// twice, and the prompt runs once. Cancelling the subscription does not cancel
/// the prompt; see `KiroApiClient.cancel`.
class ChatTurn {
  /// Creates a chat, which is sent when [events] is listened to.
  ChatTurn(
    Session session,
    WireRequest request, {
    required Duration? reconnectTimeout,
  }) : idempotencyKey = request.idempotencyKey ?? '',
       _stream = ResumingStream(
         session,
         () => request,
         isLast: (event) => event.name == 'done' || event.name == 'error',
         reconnectTimeout: reconnectTimeout,
       );

  /// The key of the request. The same prompt with the same key returns this
  /// chat, for 24 hours.
  final String idempotencyKey;

  final ResumingStream _stream;
  int _lastId = 0;

  /// The answer so far.
  String text = '';

  /// The execution, as soon as it is known.
  String? executionId;

  /// The events, each once. Ends after [ChatDone], or with the error of the
  /// chat. Can be listened to once.
  late final Stream<ChatEvent> events = _stream.events.transform(
    StreamTransformer<ServerSentEvent, ChatEvent>.fromHandlers(
      handleData: (received, sink) {
        try {
          if (_take(received) case final event?) sink.add(event);
        } on Object catch (error, stackTrace) {
          sink.addError(error, stackTrace);
        }
      },
    ),
  );

  /// Reads all events, and returns the complete answer.
  Future<ChatResponse> result() async {
    await for (final event in events) {
      if (event is ChatDone) return event.response;
    }
    throw StateError('The chat was closed before its end.');
  }

  ChatEvent? _take(ServerSentEvent received) {
    final json = received.json;
    if (received.name == 'error') throw KiroBridgeException.fromJson(json);
    if (received.name != 'done') {
      final number = int.tryParse(received.id) ?? 0;
      if (number <= _lastId) return null;
      _lastId = number;
    }
    final event = ChatEvent.fromJson(received.name, json);
    switch (event) {
      case ChatQueued(executionId: final id) ||
          ChatStarted(executionId: final id):
        executionId = id;
      case ChatDelta(text: final more):
        text += more;
      case ChatRetract(:final length):
        text = text.substring(0, max(0, text.length - length));
      case ChatDone(:final response):
        text = response.message;
        executionId = response.executionId;
      case _:
        break;
    }
    return event;
  }
}
