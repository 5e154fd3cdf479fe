import 'dart:async';
import 'dart:convert';

import 'package:http/http.dart' as http;

import 'address.dart';
import 'errors.dart';
import 'retry.dart';

/// A request before it is sent.
class WireRequest {
  /// Creates a request.
  const WireRequest(
    this.method,
    this.path, {
    this.query = const {},
    this.headers = const {},
    this.body,
    this.idempotencyKey,
    this.timeout,
    this.isRepeatable = false,
  });

  /// The method.
  final String method;

  /// The segments of the path.
  final List<String> path;

  /// The query.
  final Map<String, String> query;

  /// Further headers.
  final Map<String, String> headers;

  /// The JSON object to send.
  final Map<String, dynamic>? body;

  /// The key with which the request runs once.
  final String? idempotencyKey;

  /// The deadline of the response; null for those that wait.
  final Duration? timeout;

  /// True if the request has the same effect when it is sent twice.
  final bool isRepeatable;
}

/// Sends the requests of one client: with the present token, and again after a
/// temporary failure.
class Session {
  /// Creates a session.
  Session(this._find, {required this.retry, http.Client? httpClient})
    : _http = httpClient ?? http.Client(),
      _ownsHttp = httpClient == null;

  /// The retries of repeatable requests.
  final RetryOptions retry;

  final FindAddress _find;
  final http.Client _http;
  final bool _ownsHttp;
  final Completer<void> _closed = Completer<void>();
  Future<BridgeAddress>? _address;

  /// Completes when the client is closed.
  Future<void> get closed => _closed.future;

  /// Whether the client is closed.
  bool get isClosed => _closed.isCompleted;

  /// The address, which is looked for if necessary.
  Future<BridgeAddress> get address => _address ??= _find();

  /// Ends the connections that are idle, and rejects further requests.
  void close() {
    if (isClosed) return;
    _closed.complete();
    if (_ownsHttp) _http.close();
  }

  /// Returns the JSON object of the response.
  Future<Map<String, dynamic>> call(
    WireRequest request, {
    Set<int> accepted = const {},
  }) async {
    final text = await read(request, accepted: accepted);
    try {
      return jsonDecode(text) as Map<String, dynamic>;
    } on Object {
      throw const KiroBridgeException(
        'The response is not a JSON object.',
        code: KiroBridgeException.invalidResponse,
      );
    }
  }

  /// Returns the text of the response.
  Future<String> read(WireRequest request, {Set<int> accepted = const {}}) {
    return _repeat(request, () async {
      final response = await openOnce(request, accepted: accepted);
      return _textOf(response, request.timeout);
    });
  }

  /// Returns a response whose body is not read yet.
  Future<http.StreamedResponse> open(WireRequest request) {
    return _repeat(request, () => openOnce(request));
  }

  /// Does the same without retries, except for one with another token.
  Future<http.StreamedResponse> openOnce(
    WireRequest request, {
    Set<int> accepted = const {},
  }) async {
    final pending = address;
    final BridgeAddress used;
    try {
      used = await pending;
    } on Object {
      _forget(pending);
      rethrow;
    }
    try {
      return await _send(used, request, accepted);
    } on KiroBridgeException catch (error) {
      final isUnauthorized = error.status == 401;
      if (isUnauthorized || error.status == null) _forget(pending);
      if (!isUnauthorized) rethrow;
      // The bridge rejected it before anything ran, so that it may be sent
      // again.
      final present = await address;
      if (present.token == used.token) rethrow;
      return _send(present, request, accepted);
    }
  }

  void _forget(Future<BridgeAddress> pending) {
    if (identical(_address, pending)) _address = null;
  }

  Future<T> _repeat<T>(WireRequest request, Future<T> Function() run) async {
    for (var attempt = 0; ; attempt++) {
      try {
        return await run();
      } on KiroBridgeException catch (error) {
        final delay = request.isRepeatable ? retry.delay(attempt, error) : null;
        if (delay == null) rethrow;
        await Future.any([Future<void>.delayed(delay), closed]);
      }
    }
  }

  Future<http.StreamedResponse> _send(
    BridgeAddress address,
    WireRequest request,
    Set<int> accepted,
  ) async {
    if (isClosed) throw StateError('The client is closed.');
    final message = http.Request(
      request.method,
      address.resolve(request.path, request.query),
    );
    message.followRedirects = false;
    message.headers.addAll(request.headers);
    if (address.token case final token?) {
      message.headers['Authorization'] = 'Bearer $token';
    }
    if (request.idempotencyKey case final key?) {
      message.headers['Idempotency-Key'] = key;
    }
    if (request.body case final body?) {
      message.headers['Content-Type'] = 'application/json';
      message.bodyBytes = utf8.encode(jsonEncode(body));
    }
    final response = await _guard(_http.send(message), request.timeout);
    final status = response.statusCode;
    if ((status >= 200 && status < 300) || accepted.contains(status)) {
      return response;
    }
    throw KiroBridgeException.ofResponse(
      status,
      await _textOf(response, request.timeout),
      retryAfter: _secondsOf(response.headers['retry-after']),
    );
  }

  Future<String> _textOf(http.StreamedResponse response, Duration? timeout) {
    return _guard(response.stream.bytesToString(), timeout);
  }

  /// Converts the failures of a connection.
  Future<T> _guard<T>(Future<T> result, Duration? timeout) async {
    try {
      return await (timeout == null ? result : result.timeout(timeout));
    } on TimeoutException {
      throw const KiroBridgeException(
        'The bridge did not respond in time.',
        code: 'OPERATION_TIMEOUT',
        recoverable: true,
      );
    } on Exception catch (error) {
      throw connectionFailure(error);
    }
  }

  static Duration? _secondsOf(String? header) {
    final seconds = int.tryParse(header ?? '');
    return seconds == null ? null : Duration(seconds: seconds);
  }
}

/// Converts a failure of a connection.
KiroBridgeException connectionFailure(Object error) {
  if (error is KiroBridgeException) return error;
  return KiroBridgeException(
    'The bridge did not respond: $error',
    code: KiroBridgeException.networkError,
    recoverable: true,
  );
}
