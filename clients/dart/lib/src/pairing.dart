import 'dart:convert';

import 'package:http/http.dart' as http;

import 'errors.dart';
import 'requests.dart';
import 'session.dart';

/// A token that the user has allowed. Keep it in the secret storage of the
/// platform.
class PairedClient {
  /// Reads the JSON object.
  PairedClient.fromJson(Map<String, dynamic> json)
    : token = json['token'] as String;

  /// The token.
  final String token;
}

/// Asks the user of the editor for a token of the program's own.
///
/// [onCode] gets the code to show, which the user compares with the one in the
/// editor, and the time when the request expires.
Future<PairedClient> pairWithBridge(
  PairRequest request, {
  required void Function(String code, DateTime expiresAt) onCode,
  String baseUrl = 'http://127.0.0.1:3001',
  Duration timeout = const Duration(seconds: 330),
  http.Client? httpClient,
}) async {
  final client = httpClient ?? http.Client();
  try {
    final base = Uri.parse(baseUrl);
    final asked = await _post(client, base.resolve('/api/kiro/pair'), request);
    if (asked.statusCode != 202) throw _failure(asked);
    final pending = _PairPending.fromJson(
      jsonDecode(asked.body) as Map<String, dynamic>,
    );
    onCode(pending.code, pending.expiresAt);
    final location = asked.headers['location'] ?? '';
    final deadline = DateTime.now().add(timeout);
    while (DateTime.now().isBefore(deadline)) {
      final uri = base.resolve(location);
      final answer = await _ask(client, uri);
      if (answer == null || answer.statusCode == 202) continue;
      if (answer.statusCode != 200) throw _failure(answer);
      return PairedClient.fromJson(
        jsonDecode(answer.body) as Map<String, dynamic>,
      );
    }
  } finally {
    if (httpClient == null) client.close();
  }
  throw const KiroBridgeException(
    'Nobody has decided in time.',
    code: 'OPERATION_TIMEOUT',
    recoverable: true,
  );
}

class _PairPending {
  _PairPending.fromJson(Map<String, dynamic> json)
    : code = json['code'] as String,
      expiresAt = DateTime.parse(json['expiresAt'] as String);

  final String code;
  final DateTime expiresAt;
}

Future<http.Response> _post(
  http.Client client,
  Uri uri,
  PairRequest request,
) async {
  try {
    return await client
        .post(
          uri,
          headers: const {'Content-Type': 'application/json'},
          body: jsonEncode(request.toJson()),
        )
        .timeout(const Duration(seconds: 30));
  } on Exception catch (error) {
    throw connectionFailure(error);
  }
}

/// Waits for the decision. Returns null if the connection was lost: the bridge
/// gives out another token to the next request.
Future<http.Response?> _ask(http.Client client, Uri location) async {
  final uri = location.replace(queryParameters: const {'wait': '50'});
  try {
    return await client.get(uri).timeout(const Duration(seconds: 65));
  } on Exception {
    await Future<void>.delayed(const Duration(milliseconds: 500));
    return null;
  }
}

KiroBridgeException _failure(http.Response response) {
  return KiroBridgeException.ofResponse(response.statusCode, response.body);
}
