final _traceparent = RegExp(
  r'^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]*)?$',
);

/// Returns the header of a position in a trace. What is none is left out, as
/// the bridge would ignore it.
Map<String, String> traceHeaders(String? traceparent) => {
  if (traceparent != null && _traceparent.hasMatch(traceparent))
    'traceparent': traceparent,
};
