import 'dart:math';

import 'errors.dart';

/// Exponential backoff with full jitter: each delay is random, between zero and
/// the delay of this attempt.
///
/// An error that is not recoverable is final, and so is one with an
/// `executionId`, which reports the end of the execution: the same key would
/// return it again.
class RetryOptions {
  /// Creates options.
  const RetryOptions({
    this.maxRetries = 3,
    this.baseDelay = const Duration(seconds: 1),
    this.maxDelay = const Duration(seconds: 30),
    this.multiplier = 2,
  });

  /// Never sends a request again.
  static const none = RetryOptions(maxRetries: 0);

  static final _random = Random();

  /// The number of requests after the first one.
  final int maxRetries;

  /// The delay before the first retry.
  final Duration baseDelay;

  /// The longest delay. A `Retry-After` of the bridge may be longer.
  final Duration maxDelay;

  /// The factor of each delay to the one before.
  final double multiplier;

  /// Returns the delay after [attempt], counted from 0, or null if [error] is
  /// final.
  Duration? delay(int attempt, KiroBridgeException error) {
    final isFinal = !error.recoverable || error.executionId != null;
    if (attempt >= maxRetries || isFinal) return null;
    final wanted = error.retryAfter ?? Duration.zero;
    final own = backoff(attempt);
    return own > wanted ? own : wanted;
  }

  /// Returns the delay after [attempt], counted from 0.
  Duration backoff(int attempt) {
    // The exponent is bounded, so that the number stays finite.
    final grown = baseDelay.inMilliseconds * pow(multiplier, min(attempt, 64));
    final ceiling = min(grown, maxDelay.inMilliseconds);
    return Duration(milliseconds: (ceiling * _random.nextDouble()).round());
  }
}
