import 'dart:convert';

/// A request that the bridge rejected, or that did not reach it.
///
/// The token is in none of its fields.
class KiroBridgeException implements Exception {
  /// Creates an exception.
  const KiroBridgeException(
    this.message, {
    required this.code,
    this.status,
    this.recoverable = false,
    this.context,
    this.executionId,
    this.retryAfter,
  });

  /// Converts the error body of the bridge.
  factory KiroBridgeException.fromJson(
    Map<String, dynamic> json, {
    int? status,
    Duration? retryAfter,
  }) {
    return KiroBridgeException(
      json['message'] as String,
      code: json['code'] as String,
      status: status,
      recoverable: json['recoverable'] as bool,
      context: json['context'] as Map<String, dynamic>?,
      executionId: json['executionId'] as String?,
      retryAfter: retryAfter,
    );
  }

  /// Converts a response other than 2xx.
  factory KiroBridgeException.ofResponse(
    int status,
    String body, {
    Duration? retryAfter,
  }) {
    try {
      return KiroBridgeException.fromJson(
        jsonDecode(body) as Map<String, dynamic>,
        status: status,
        retryAfter: retryAfter,
      );
    } on Object {
      return KiroBridgeException(
        'HTTP $status: the response is not one of a bridge.',
        code: invalidResponse,
        status: status,
      );
    }
  }

  /// The bridge could not be reached, or the connection has ended too early.
  static const networkError = 'NETWORK_ERROR';

  /// The response is not one of a bridge.
  static const invalidResponse = 'INVALID_RESPONSE';

  /// The text for people.
  final String message;

  /// A code of the wire contract, [networkError] or [invalidResponse].
  final String code;

  /// The HTTP status, if there was a response.
  final int? status;

  /// Whether the same request may succeed later.
  final bool recoverable;

  /// Details, depending on the code.
  final Map<String, dynamic>? context;

  /// The execution that the error is about, if one was created.
  final String? executionId;

  /// The time after which the bridge asks to try again.
  final Duration? retryAfter;

  @override
  String toString() => 'KiroBridgeException: $message ($code)';
}
