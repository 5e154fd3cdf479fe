import 'dart:convert';
import 'dart:io';

import 'package:kiro_bridge/kiro_bridge.dart';
import 'package:kiro_bridge/src/event_cursor.dart';
import 'package:kiro_bridge/src/sse.dart';
import 'package:test/test.dart';

/// The samples of a real bridge for the class with this name.
List<Map<String, dynamic>> samples(String name) {
  final text = File('test/fixtures/$name.json').readAsStringSync();
  return (jsonDecode(text) as List<dynamic>).cast<Map<String, dynamic>>();
}

void main() {
  final readers = <String, Object Function(Map<String, dynamic>)>{
    'CancelResponse': CancelResponse.fromJson,
    'ChatResponse': ChatResponse.fromJson,
    'Command': Command.fromJson,
    'CommandExecution': CommandExecution.fromJson,
    'ExecuteCommandResponse': ExecuteCommandResponse.fromJson,
    'ExecutionList': ExecutionList.fromJson,
    'HealthResponse': HealthResponse.fromJson,
    'KiroBridgeException': KiroBridgeException.fromJson,
    'KiroSession': KiroSession.fromJson,
    'KiroStatus': KiroStatus.fromJson,
    'KiroStatusResponse': KiroStatusResponse.fromJson,
    'PairedClient': PairedClient.fromJson,
    'Ticket': Ticket.fromJson,
    'UserInputResponse': UserInputResponse.fromJson,
    'WindowListing': WindowListing.fromJson,
  };
  for (final MapEntry(key: name, value: read) in readers.entries) {
    test('reads $name of a real bridge', () {
      for (final json in samples(name)) {
        expect(() => read(json), returnsNormally);
      }
    });
  }

  test('reads the events of a real bridge', () {
    for (final json in samples('BridgeEvent')) {
      expect(BridgeEvent.fromJson(json), isNot(isA<UnknownEvent>()));
    }
    for (final json in samples('ChatEvent')) {
      final data = json['data'] as Map<String, dynamic>;
      expect(ChatEvent.fromJson(json['event'] as String, data), isNotNull);
    }
  });

  test('parses events that are cut anywhere', () async {
    const text = ': comment\n\nid: e:7\nevent: delta\ndata: {"text":"é"}\n\n';
    final bytes = utf8.encode(text).map((byte) => [byte]);
    final events = await Stream.fromIterable(
      bytes,
    ).transform(const SseDecoder()).toList();
    expect(events.single.name, 'delta');
    expect(events.single.id, 'e:7');
    expect(events.single.json, {'text': 'é'});
  });

  test('skips what a window sends again in another epoch', () {
    final cursor = EventCursor();
    Map<String, dynamic> ready(String epoch) => {
      'type': 'connection-ready',
      'epoch': epoch,
      'lastEventId': 0,
    };
    Map<String, dynamic> output(int id, int number) => {
      'type': 'command-output',
      'eventId': id,
      'windowId': 'w',
      'windowEventId': number,
    };
    cursor.take(ready('one'));
    expect(cursor.take(output(1, 1)), isNotNull);
    cursor.take(ready('two'));
    expect(cursor.query, {'since': '0', 'epoch': 'two'});
    expect(cursor.take(output(5, 1)), isNull);
    expect(cursor.take(output(6, 2)), isNotNull);
  });
}
