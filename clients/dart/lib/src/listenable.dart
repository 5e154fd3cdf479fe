import 'dart:async';

/// Notifies listeners, with the methods of Flutter's `ChangeNotifier`.
///
/// The package does not depend on Flutter, so that it also works in Dart
/// programs. `example/flutter_provider.dart` shows the few lines that make a
/// `ChangeNotifier` of it.
mixin KiroListenable {
  final List<void Function()> _listeners = [];
  bool _isDisposed = false;

  /// Calls [listener] after each change.
  void addListener(void Function() listener) => _listeners.add(listener);

  /// Does not call [listener] any more.
  void removeListener(void Function() listener) => _listeners.remove(listener);

  /// Calls the listeners. One that throws does not keep the others from being
  /// called; its error is reported to the zone.
  void notifyListeners() {
    if (_isDisposed) return;
    for (final listener in [..._listeners]) {
      try {
        listener();
      } on Object catch (error, stackTrace) {
        Zone.current.handleUncaughtError(error, stackTrace);
      }
    }
  }

  /// Removes all listeners.
  void dispose() {
    _isDisposed = true;
    _listeners.clear();
  }
}
