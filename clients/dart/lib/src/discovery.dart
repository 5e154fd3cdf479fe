import 'dart:convert';
import 'dart:io';

import 'package:crypto/crypto.dart';
import 'package:http/http.dart' as http;

import 'address.dart';
import 'client.dart';
import 'errors.dart';
import 'keys.dart';
import 'retry.dart';
import 'status.dart';

final _entryFile = RegExp(r'^bridge-\d+\.json$');
final _clientToken = RegExp(r'^kbt_([a-z0-9]{12})_([\w-]{43})$');

/// Returns a client of the running bridge, which has proved that it has the
/// token before the token is sent. After a 401 and after a lost connection, the
/// bridge is looked for again.
///
/// [home] is the discovery folder; by default `KIRO_BRIDGE_HOME` or
/// `~/.kiro-bridge`. [token] is a token of the program's own, in place of that
/// of the user.
KiroApiClient discoverKiro({
  String? home,
  String? token,
  RetryOptions retry = const RetryOptions(),
  Duration timeout = const Duration(seconds: 30),
}) {
  return KiroApiClient.found(
    () => discoverBridge(home: home, token: token),
    retry: retry,
    timeout: timeout,
  );
}

/// Returns the address of the running bridge, after it has proved that it has
/// the token.
Future<BridgeAddress> discoverBridge({String? home, String? token}) async {
  var problem = const KiroBridgeException(
    'No bridge is running. Start Kiro Bridge in the editor.',
    code: KiroBridgeException.networkError,
    recoverable: true,
  );
  final client = http.Client();
  try {
    for (final entry in await _entries(home ?? _discoveryFolder())) {
      if (!await _isRunning(entry.pid)) continue;
      final proofToken = entry.token ?? token;
      if (proofToken == null) {
        problem = const KiroBridgeException(
          'The bridge publishes no token. Ask for one with pairWithBridge.',
          code: 'AUTHENTICATION_FAILED',
        );
        continue;
      }
      try {
        await _verify(client, entry.url, proofToken);
        return BridgeAddress(entry.url, token: token ?? entry.token);
      } on KiroBridgeException catch (error) {
        problem = error;
      }
    }
  } finally {
    client.close();
  }
  throw problem;
}

class _BridgeEntry {
  _BridgeEntry.fromJson(Map<String, dynamic> json)
    : url = json['url'] as String,
      pid = json['pid'] as int,
      token = json['token'] as String?;

  final String url;
  final int pid;
  final String? token;
}

String _discoveryFolder() {
  final environment = Platform.environment;
  final named = environment['KIRO_BRIDGE_HOME'] ?? '';
  if (named.isNotEmpty) return named;
  final home = environment['HOME'] ?? environment['USERPROFILE'] ?? '.';
  return '$home/.kiro-bridge';
}

/// Reads the entries, that of the shared address first.
Future<List<_BridgeEntry>> _entries(String folder) async {
  final directory = Directory(folder);
  if (!directory.existsSync()) return const [];
  final others = [
    await for (final file in directory.list())
      if (_entryFile.hasMatch(file.uri.pathSegments.last)) file.path,
  ]..sort();
  return [
    for (final path in ['$folder/bridge.json', ...others])
      if (await _read(path) case final entry?) entry,
  ];
}

Future<_BridgeEntry?> _read(String path) async {
  try {
    final json = jsonDecode(await File(path).readAsString());
    return _BridgeEntry.fromJson(json as Map<String, dynamic>);
  } on Object {
    return null;
  }
}

Future<bool> _isRunning(int pid) async {
  if (Platform.isLinux) return Directory('/proc/$pid').existsSync();
  if (Platform.isWindows) {
    final arguments = ['/FI', 'PID eq $pid', '/NH', '/FO', 'CSV'];
    final result = await Process.run('tasklist', arguments);
    return result.stdout.toString().contains('"$pid"');
  }
  final result = await Process.run('ps', ['-p', '$pid']);
  return result.exitCode == 0;
}

/// Throws unless the listener at the address has the token. Does not send the
/// token.
Future<void> _verify(http.Client client, String url, String token) async {
  final challenge = newKey();
  final match = _clientToken.firstMatch(token);
  final uri = Uri.parse(url).replace(
    path: '/health',
    queryParameters: {
      'challenge': challenge,
      if (match != null) 'client': match.group(1)!,
    },
  );
  final HealthResponse health;
  try {
    final response = await client.get(uri).timeout(const Duration(seconds: 5));
    if (response.statusCode != 200 && response.statusCode != 503) {
      throw KiroBridgeException.ofResponse(response.statusCode, response.body);
    }
    health = HealthResponse.fromJson(
      jsonDecode(response.body) as Map<String, dynamic>,
    );
  } on KiroBridgeException {
    rethrow;
  } on Object catch (error) {
    throw KiroBridgeException(
      'The bridge at $url did not respond: $error',
      code: KiroBridgeException.networkError,
      recoverable: true,
    );
  }
  final message = 'kiro-bridge health\n$challenge\n${uri.authority}';
  final List<int> key;
  final String? proof;
  if (match == null) {
    key = utf8.encode(token);
    proof = health.proof;
  } else {
    final salted = '${health.clientProof?.salt}${match.group(2)}';
    key = sha256.convert(utf8.encode(salted)).bytes;
    proof = health.clientProof?.proof;
  }
  final expected = Hmac(sha256, key).convert(utf8.encode(message)).bytes;
  if (proof == base64Url.encode(expected).replaceAll('=', '')) return;
  throw KiroBridgeException(
    'Another program listens at $url, which is not the bridge.',
    code: KiroBridgeException.networkError,
    recoverable: true,
  );
}
