import 'dart:async';
import 'dart:convert';

/// One Server-Sent Event.
class ServerSentEvent {
  /// Creates an event.
  const ServerSentEvent(this.name, this.data, this.id);

  /// The name.
  final String name;

  /// The data.
  final String data;

  /// The ID of the newest event that has one.
  final String id;

  /// Reads the data, which is a JSON object.
  Map<String, dynamic> get json => jsonDecode(data) as Map<String, dynamic>;
}

/// Parses Server-Sent Events out of bytes. An event whose end did not arrive is
/// never delivered.
class SseDecoder extends StreamTransformerBase<List<int>, ServerSentEvent> {
  /// Creates a decoder.
  const SseDecoder();

  @override
  Stream<ServerSentEvent> bind(Stream<List<int>> stream) {
    var name = '';
    var id = '';
    final data = <String>[];
    return stream
        .transform(const Utf8Decoder(allowMalformed: true))
        .transform(const LineSplitter())
        .transform(
          StreamTransformer<String, ServerSentEvent>.fromHandlers(
            handleData: (line, sink) {
              if (line.isEmpty) {
                if (data.isNotEmpty) {
                  sink.add(ServerSentEvent(name, data.join('\n'), id));
                }
                name = '';
                data.clear();
                return;
              }
              final colon = line.indexOf(':');
              final field = colon < 0 ? line : line.substring(0, colon);
              final rest = colon < 0 ? '' : line.substring(colon + 1);
              final value = rest.startsWith(' ') ? rest.substring(1) : rest;
              switch (field) {
                case 'event':
                  name = value;
                case 'data':
                  data.add(value);
                case 'id':
                  id = value;
              }
            },
          ),
        );
  }
}
