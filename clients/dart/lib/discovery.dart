/// Finds the running bridge of this user, on desktops.
///
/// Uses `dart:io`. In a browser or on a phone, pass the address and a token of
/// `pairWithBridge` to `KiroApiClient` instead.
library;

export 'src/discovery.dart' show discoverBridge, discoverKiro;
