import 'dart:async';

import 'package:http/http.dart' as http;

import 'address.dart';
import 'chat.dart';
import 'chat_events.dart';
import 'errors.dart';
import 'event_cursor.dart';
import 'events.dart';
import 'keys.dart';
import 'requests.dart';
import 'resuming_stream.dart';
import 'retry.dart';
import 'session.dart';
import 'status.dart';
import 'trace.dart';
import 'types.dart';

/// Answers a question of Kiro CLI, or returns null to leave it to other clients.
typedef AnswerQuestion = FutureOr<String?> Function(ChatQuestion question);

/// The client of Kiro Bridge.
class KiroApiClient {
  /// Creates a client for an address and a token.
  KiroApiClient({
    String baseUrl = 'http://127.0.0.1:3001',
    String? token,
    RetryOptions retry = const RetryOptions(),
    Duration timeout = const Duration(seconds: 30),
    http.Client? httpClient,
  }) : this._at(
         BridgeAddress(baseUrl, token: token),
         retry: retry,
         timeout: timeout,
         httpClient: httpClient,
       );

  KiroApiClient._at(
    BridgeAddress address, {
    required RetryOptions retry,
    required Duration timeout,
    http.Client? httpClient,
  }) : this.found(
         () async => address,
         retry: retry,
         timeout: timeout,
         httpClient: httpClient,
       );

  /// Creates a client that looks for the address and the token, again after a
  /// 401 and after a lost connection.
  KiroApiClient.found(
    FindAddress find, {
    RetryOptions retry = const RetryOptions(),
    this.timeout = const Duration(seconds: 30),
    http.Client? httpClient,
  }) : _session = Session(find, retry: retry, httpClient: httpClient);

  /// The deadline of a response. Executions and streams have their own.
  final Duration timeout;

  final Session _session;

  /// The address and the token that the next request has.
  Future<BridgeAddress> get address => _session.address;

  /// Ends all streams and requests. Executions go on.
  void close() => _session.close();

  /// Runs a command, and returns when it has ended or asks a question.
  ///
  /// A command that ran and failed is a response without `success`. With an
  /// [idempotencyKey], the request is repeated after a temporary failure; the
  /// command runs once for each key. The execution becomes a part of the trace
  /// of [traceparent] (W3C Trace Context); one that is not valid is ignored.
  /// [respondAsync] returns at once.
  Future<ExecuteCommandResponse> executeCommand(
    ExecuteCommandRequest request, {
    String? idempotencyKey,
    String? traceparent,
    bool respondAsync = false,
  }) async {
    final json = await _session.call(
      WireRequest(
        'POST',
        const ['api', 'kiro', 'execute'],
        body: request.toJson(),
        headers: {
          ...traceHeaders(traceparent),
          if (respondAsync) 'Prefer': 'respond-async',
        },
        idempotencyKey: idempotencyKey,
        timeout: respondAsync ? timeout : null,
        isRepeatable: idempotencyKey != null,
      ),
    );
    return ExecuteCommandResponse.fromJson(json);
  }

  /// Sends a prompt to Kiro CLI, and returns the complete answer. A lost
  /// connection is continued.
  Future<ChatResponse> chat(
    ChatRequest request, {
    AnswerQuestion? onQuestion,
    String? idempotencyKey,
    String? traceparent,
  }) async {
    final turn = streamChat(
      request,
      idempotencyKey: idempotencyKey,
      traceparent: traceparent,
    );
    await for (final event in turn.events) {
      if (event is ChatDone) return event.response;
      if (event is ChatQuestion && onQuestion != null) {
        await _answer(event, await onQuestion(event));
      }
    }
    throw StateError('The client was closed before the end of the chat.');
  }

  /// Sends a prompt to Kiro CLI, and returns the events of its answer.
  ChatTurn streamChat(
    ChatRequest request, {
    String? idempotencyKey,
    String? traceparent,
    Duration? reconnectTimeout = const Duration(minutes: 5),
  }) {
    return ChatTurn(
      _session,
      WireRequest(
        'POST',
        const ['kiro', 'chat'],
        body: request.toJson(),
        headers: {...traceHeaders(traceparent), 'Accept': 'text/event-stream'},
        idempotencyKey: idempotencyKey ?? newKey(),
        timeout: ResumingStream.silence,
        isRepeatable: true,
      ),
      reconnectTimeout: reconnectTimeout,
    );
  }

  /// Returns the events of all windows, each once, also after a restart of the
  /// bridge.
  ///
  /// Begins with [ConnectionReadyEvent], which comes again with each connection.
  /// [since] continues an earlier stream; by default, only new events come. The
  /// stream can be listened to once.
  Stream<BridgeEvent> events({
    List<String>? types,
    String? executionId,
    Cursor? since,
    void Function(Cursor cursor)? onCursor,
    Duration? reconnectTimeout = const Duration(minutes: 5),
  }) {
    final cursor = EventCursor(since);
    final stream = ResumingStream(
      _session,
      () => WireRequest(
        'GET',
        const ['api', 'kiro', 'events'],
        query: {
          if (types != null) 'types': types.join(','),
          if (executionId != null) 'executionId': executionId,
          ...cursor.query,
        },
        headers: const {'Accept': 'text/event-stream'},
        timeout: timeout,
        isRepeatable: true,
      ),
      isLast: (_) => false,
      reconnectTimeout: reconnectTimeout,
    );
    return stream.events.expand((received) {
      final event = cursor.take(received.json);
      final position = cursor.position;
      if (position != null) onCursor?.call(position);
      return [if (event != null) BridgeEvent.fromJson(event)];
    });
  }

  /// Returns the status with all available commands, about 100 KB.
  Future<KiroStatusResponse> getStatus() async {
    return KiroStatusResponse.fromJson(await _get(['api', 'kiro', 'status']));
  }

  /// Returns the part of the status that changes often.
  Future<KiroStatus> getShortStatus() async {
    const query = {'fields': 'status,currentCommand,version'};
    return KiroStatus.fromJson(await _get(['api', 'kiro', 'status'], query));
  }

  /// Whether commands are accepted and none runs. Any failure counts as not
  /// ready.
  Future<bool> isReady() async {
    try {
      return (await getShortStatus()).status == KiroStatusType.ready;
    } on KiroBridgeException {
      return false;
    }
  }

  /// Returns the health, also that of an unhealthy bridge. Needs no token.
  Future<HealthResponse> getHealth() async {
    final request = WireRequest(
      'GET',
      const ['health'],
      timeout: timeout,
      isRepeatable: true,
    );
    final json = await _session.call(request, accepted: const {503});
    return HealthResponse.fromJson(json);
  }

  /// Returns all windows at the address.
  Future<List<WindowListing>> windows() async {
    final json = await _get(['api', 'kiro', 'windows']);
    final list = json['windows'] as List<dynamic>;
    return [
      for (final item in list)
        WindowListing.fromJson(item as Map<String, dynamic>),
    ];
  }

  /// Finds commands by words of their ID or title.
  Future<List<Command>> commands({String? query, int? limit}) async {
    final json = await _get(
      ['api', 'kiro', 'commands'],
      {if (query != null) 'query': query, if (limit != null) 'limit': '$limit'},
    );
    final list = json['commands'] as List<dynamic>;
    return [
      for (final item in list) Command.fromJson(item as Map<String, dynamic>),
    ];
  }

  /// Returns one page of executions, newest first.
  Future<ExecutionList> executions({
    String? status,
    String? search,
    String? parentId,
    int? limit,
    String? cursor,
  }) async {
    final json = await _get(
      ['api', 'kiro', 'executions'],
      {
        if (status != null) 'status': status,
        if (search != null) 'search': search,
        if (parentId != null) 'parentId': parentId,
        if (limit != null) 'limit': '$limit',
        if (cursor != null) 'cursor': cursor,
      },
    );
    return ExecutionList.fromJson(json);
  }

  /// Returns one execution, complete.
  Future<CommandExecution> execution(String id) async {
    return CommandExecution.fromJson(
      await _get(['api', 'kiro', 'executions', id]),
    );
  }

  /// Waits until an execution has ended, or asks a question, which is then its
  /// `pendingInput`.
  Future<CommandExecution> waitForExecution(String id) async {
    while (true) {
      final request = WireRequest(
        'GET',
        ['api', 'kiro', 'executions', id],
        query: const {'wait': '50'},
        timeout: const Duration(seconds: 80),
        isRepeatable: true,
      );
      final execution = CommandExecution.fromJson(await _session.call(request));
      if (execution.hasEnded || execution.pendingInput != null) {
        return execution;
      }
    }
  }

  /// Cancels an execution.
  Future<CancelResponse> cancel(String executionId) async {
    final request = WireRequest(
      'POST',
      ['api', 'kiro', 'executions', executionId, 'cancel'],
      body: const {},
      timeout: timeout,
      isRepeatable: true,
    );
    return CancelResponse.fromJson(await _session.call(request));
  }

  /// Answers a question.
  Future<UserInputResponse> sendInput(UserInputRequest answer) async {
    final json = await _post(['api', 'kiro', 'input'], answer.toJson());
    return UserInputResponse.fromJson(json);
  }

  /// Returns the sessions of Kiro CLI.
  Future<List<KiroSession>> sessions() async {
    final json = await _get(['kiro', 'sessions']);
    final list = json['sessions'] as List<dynamic>;
    return [
      for (final item in list)
        KiroSession.fromJson(item as Map<String, dynamic>),
    ];
  }

  /// Closes a session by its ID or name.
  Future<void> closeSession(String session) async {
    await _session.call(
      WireRequest('DELETE', ['kiro', 'sessions', session], timeout: timeout),
    );
  }

  /// Creates a ticket, which replaces the token in the URL of one WebSocket or
  /// event stream within 30 s.
  Future<Ticket> createTicket() async {
    final json = await _post(['api', 'kiro', 'tickets'], const {});
    return Ticket.fromJson(json);
  }

  Future<Map<String, dynamic>> _get(
    List<String> path, [
    Map<String, String> query = const {},
  ]) {
    return _session.call(
      WireRequest(
        'GET',
        path,
        query: query,
        timeout: timeout,
        isRepeatable: true,
      ),
    );
  }

  Future<Map<String, dynamic>> _post(
    List<String> path,
    Map<String, dynamic> body,
  ) {
    return _session.call(
      WireRequest('POST', path, body: body, timeout: timeout),
    );
  }

  Future<void> _answer(ChatQuestion question, String? value) async {
    if (value == null) return;
    try {
      await sendInput(
        UserInputRequest(
          executionId: question.executionId,
          questionId: question.questionId,
          type: question.inputType,
          value: value,
        ),
      );
    } on KiroBridgeException catch (error) {
      // Another client was faster.
      if (error.code != 'CONFLICT') rethrow;
    }
  }
}
