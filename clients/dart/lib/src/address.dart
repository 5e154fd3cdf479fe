/// A bridge and the token for it, which is never printed.
class BridgeAddress {
  /// Creates an address.
  BridgeAddress(String url, {this.token}) : uri = Uri.parse(url) {
    if (!(uri.isScheme('http') || uri.isScheme('https')) || uri.host.isEmpty) {
      throw ArgumentError('The address of a bridge is http://host:port.');
    }
    // Also because dart:io names a header that it rejects, with its value.
    final given = token;
    if (given != null && !_printable.hasMatch(given)) {
      throw ArgumentError('The token has characters that no token has.');
    }
  }

  static final _printable = RegExp(r'^[\x21-\x7e]+$');

  /// The address, such as `http://127.0.0.1:3001`.
  final Uri uri;

  /// The token of the discovery file, or one of the program's own.
  final String? token;

  /// Returns the address of an endpoint.
  Uri resolve(List<String> path, Map<String, String> query) {
    final base = uri.pathSegments.where((segment) => segment.isNotEmpty);
    return uri.replace(
      pathSegments: [...base, ...path],
      queryParameters: query.isEmpty ? null : query,
    );
  }

  @override
  String toString() => 'BridgeAddress($uri)';
}

/// Finds the address of the bridge, again after a 401 or a lost connection.
typedef FindAddress = Future<BridgeAddress> Function();
