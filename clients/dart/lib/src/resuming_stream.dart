import 'dart:async';

import 'package:http/http.dart' as http;

import 'errors.dart';
import 'retry.dart';
import 'session.dart';
import 'sse.dart';

/// Reads Server-Sent Events over several connections.
///
/// The first connection fails as any request. Later, only errors that are not
/// recoverable end the stream, or [reconnectTimeout] without a connection.
class ResumingStream {
  /// Creates a stream, which connects when it is listened to.
  ResumingStream(
    this._session,
    this._request, {
    required this.isLast,
    required this.reconnectTimeout,
  });

  /// The time without any byte after which a connection is considered broken.
  /// The bridge sends a comment every 10 s.
  static const silence = Duration(seconds: 45);

  static const _backoff = RetryOptions(
    baseDelay: Duration(milliseconds: 200),
    maxDelay: Duration(seconds: 5),
  );

  /// Returns true for the event after which nothing follows.
  final bool Function(ServerSentEvent event) isLast;

  /// The longest time without a connection; null for no limit.
  final Duration? reconnectTimeout;

  final Session _session;
  final WireRequest Function() _request;
  final Completer<void> _over = Completer<void>();
  StreamSubscription<ServerSentEvent>? _subscription;
  int _attempt = 0;

  late final StreamController<ServerSentEvent> _controller =
      StreamController<ServerSentEvent>(
        onListen: () => unawaited(_run()),
        onPause: () => _subscription?.pause(),
        onResume: () => _subscription?.resume(),
        onCancel: _stop,
      );

  /// The events of all connections, one after the other.
  Stream<ServerSentEvent> get events => _controller.stream;

  bool get _isOver => _over.isCompleted || _session.isClosed;

  void _stop() {
    if (!_over.isCompleted) _over.complete();
    _subscription?.cancel().ignore();
  }

  Future<void> _run() async {
    var isFirst = true;
    final lost = Stopwatch();
    while (!_isOver) {
      var failure = const KiroBridgeException(
        'The stream has ended too early.',
        code: KiroBridgeException.networkError,
        recoverable: true,
      );
      try {
        final response = isFirst
            ? await _session.open(_request())
            : await _session.openOnce(_request());
        isFirst = false;
        lost
          ..stop()
          ..reset();
        await _forward(response);
        if (response.statusCode == 204) break;
      } on KiroBridgeException catch (error) {
        failure = error;
      } on Object catch (error, stackTrace) {
        if (!_isOver) _controller.addError(error, stackTrace);
        break;
      }
      if (_isOver) break;
      lost.start();
      if (isFirst || _isFinal(failure, lost.elapsed)) {
        _controller.addError(failure);
        break;
      }
      await _pause(failure.retryAfter ?? Duration.zero);
    }
    await _controller.close();
  }

  bool _isFinal(KiroBridgeException failure, Duration elapsed) {
    final limit = reconnectTimeout;
    final isTooLate = limit != null && elapsed >= limit;
    return !failure.recoverable || failure.executionId != null || isTooLate;
  }

  Future<void> _pause(Duration wanted) {
    final own = _backoff.backoff(_attempt++);
    final delay = own > wanted ? own : wanted;
    return Future.any([
      Future<void>.delayed(delay),
      _over.future,
      _session.closed,
    ]);
  }

  /// Passes the events of one connection on, until it ends.
  Future<void> _forward(http.StreamedResponse response) async {
    final ended = Completer<void>();
    void end([Object? failure]) {
      if (ended.isCompleted) return;
      if (failure == null) {
        ended.complete();
      } else {
        ended.completeError(connectionFailure(failure));
      }
    }

    final subscription = response.stream
        .timeout(silence)
        .transform(const SseDecoder())
        .listen(
          (event) {
            _attempt = 0;
            if (_isOver) return;
            _controller.add(event);
            if (isLast(event)) _over.complete();
          },
          onError: end,
          onDone: end,
          cancelOnError: true,
        );
    _subscription = subscription;
    if (_controller.isPaused) subscription.pause();
    try {
      await Future.any([ended.future, _over.future, _session.closed]);
    } finally {
      // Not awaited: in a browser, that would wait for the next bytes.
      subscription.cancel().ignore();
    }
  }
}
