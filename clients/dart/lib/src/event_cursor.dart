import 'dart:math';

/// A position in the sequence of events, with which another stream continues.
class Cursor {
  /// Creates a position.
  const Cursor(this.since, this.epoch);

  /// The ID of the newest event.
  final int since;

  /// The epoch of the ID.
  final String? epoch;
}

/// Recognizes events that were received before, over the connections of one
/// stream (docs/wire-contract.md#52-cursor).
class EventCursor {
  /// Continues after [position]; by default, with the next event.
  EventCursor([this.position]);

  static const _maxWindows = 1000;

  /// The newest event; null before the first connection.
  Cursor? position;

  /// The highest `windowEventId` of each window, the latest windows last.
  final _highest = <String, int>{};

  /// The query with which the next connection continues.
  Map<String, String> get query => {
    if (position case Cursor(:final since)) 'since': '$since',
    if (position case Cursor(:final epoch?)) 'epoch': epoch,
  };

  /// Returns the event as far as it is new, or null.
  Map<String, dynamic>? take(Map<String, dynamic> event) {
    if (event['type'] == 'connection-ready') {
      _connected(event);
      return event;
    }
    position = Cursor(event['eventId'] as int, position?.epoch);
    if (event['type'] == 'events-lost') return _newLoss(event);
    final windowId = event['windowId'];
    final number = event['windowEventId'];
    if (windowId is! String || number is! int) return event;
    return _advance(windowId, number) ? event : null;
  }

  void _connected(Map<String, dynamic> event) {
    final epoch = event['epoch'] as String;
    final before = position;
    // Without a cursor, the stream begins after the newest event. In another
    // epoch, everything that is kept follows; should this connection end before
    // it has, then again.
    final since = before == null
        ? event['lastEventId'] as int
        : before.epoch == null || before.epoch == epoch
        ? before.since
        : 0;
    position = Cursor(since, epoch);
  }

  Map<String, dynamic>? _newLoss(Map<String, dynamic> event) {
    final windowId = event['lostWindowId'];
    final last = event['lostTo'];
    if (windowId is! String || last is! int) return event;
    final known = _highest[windowId] ?? 0;
    if (!_advance(windowId, last)) return null;
    final first = (event['lostFrom'] as int?) ?? 1;
    return {...event, 'lostFrom': max(first, known + 1)};
  }

  bool _advance(String windowId, int number) {
    final known = _highest.remove(windowId) ?? 0;
    _highest[windowId] = max(known, number);
    if (_highest.length > _maxWindows) _highest.remove(_highest.keys.first);
    return number > known;
  }
}
