/// Reads lists of objects.
List<T> objects<T>(
  List<dynamic> list,
  T Function(Map<String, dynamic> json) read,
) {
  return [for (final item in list) read(item as Map<String, dynamic>)];
}

/// Reads an object that may be absent.
T? object<T>(
  Map<String, dynamic>? json,
  T Function(Map<String, dynamic> json) read,
) {
  return json == null ? null : read(json);
}
