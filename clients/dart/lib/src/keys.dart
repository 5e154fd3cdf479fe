import 'dart:convert';
import 'dart:math';

final _random = Random.secure();

/// Returns a random text of 192 bits, which is safe in a URL.
String newKey() {
  final bytes = [for (var at = 0; at < 24; at++) _random.nextInt(256)];
  return base64Url.encode(bytes);
}
