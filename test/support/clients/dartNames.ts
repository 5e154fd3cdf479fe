/** The names of the SDK and of packages that the Dart client uses, by the library that must be imported for them. */
const outside: Readonly<Record<string, readonly string[]>> = {
  "dart:core": [
    ..."ArgumentError DateTime Duration Error Exception Function Future Iterable List Map MapEntry Never Object RegExp Set".split(
      " ",
    ),
    ..."StackTrace StateError Stopwatch Stream String Uri".split(" "),
  ],
  "dart:async":
    "Completer FutureOr StreamController StreamSubscription StreamTransformer StreamTransformerBase TimeoutException Timer Zone".split(
      " ",
    ),
  "dart:convert": ["LineSplitter", "Utf8Decoder"],
  "dart:io": ["Directory", "File", "Platform", "Process"],
  "dart:math": ["Random"],
  "package:crypto/crypto.dart": ["Hmac"],
  "package:http/http.dart": ["Client", "Request", "Response", "StreamedResponse"],
};
/** Functions and values of the same. */
const values: Readonly<Record<string, readonly string[]>> = {
  "dart:async": ["unawaited"],
  "dart:convert": ["base64Url", "jsonDecode", "jsonEncode", "utf8"],
  "dart:math": ["max", "min", "pow"],
  "package:crypto/crypto.dart": ["sha256"],
  // Its prefix.
  "package:http/http.dart": ["http"],
};

interface Library {
  readonly imports: readonly string[];
  readonly declared: ReadonlySet<string>;
  /** Of these, the functions and values. */
  readonly functions: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
}

/** Lists the names that a file of a package uses without importing them, and the imports that it does not need. */
export function unresolvedNames(files: ReadonlyMap<string, string>): string[] {
  const libraries = new Map([...files].map(([file, source]) => [file, libraryOf(source)]));
  const functions = new Set(
    [...Object.values(values), ...[...libraries.values()].map((one) => [...one.functions])].flat(),
  );
  return [...libraries].flatMap(([file, { imports, declared, used }]) => {
    const folder = file.slice(0, file.lastIndexOf("/") + 1);
    const exportsOf = (name: string): readonly string[] => [
      ...(outside[name] ?? []),
      ...(values[name] ?? []),
      ...[...(libraries.get(`${folder}${name}`)?.declared ?? [])].filter((symbol) => !symbol.startsWith("_")),
    ];
    const known = new Set([...declared, ...["dart:core", ...imports].flatMap(exportsOf)]);
    const types = [...used].filter((name) => /^_?[A-Z]/.test(name) && name !== "T");
    return [
      ...[...types, ...[...used].filter((name) => functions.has(name))]
        .filter((name) => !known.has(name))
        .map((name) => `${file}: ${name} is not imported`),
      ...imports
        .filter((name) => !exportsOf(name).some((symbol) => used.has(symbol)))
        .map((name) => `${file}: ${name} is not used`),
    ];
  });
}

function libraryOf(source: string): Library {
  const imports = [...source.matchAll(/^import '([^']+)'/gm)].map(([, name = ""]) => name);
  const code = source
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/^(?:import|export) [^;]+;/gm, "")
    // The names in an interpolation stay.
    .replaceAll(/'(?:[^'\\]|\\.)*'/g, (text) => [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(" "));
  const types = [...code.matchAll(/\b(?:class|enum|mixin|typedef) (\w+)/g)];
  const functions = [
    ...code.matchAll(/^(?! )(?:[\w<>?, ]+ )?([a-z]\w*)(?:<\w+>)?\(/gm),
    ...code.matchAll(/^final ([a-z]\w*) =/gm),
  ];
  const namesOf = (found: readonly RegExpExecArray[]): Set<string> => new Set(found.map(([, name = ""]) => name));
  const declared = namesOf([...types, ...functions]);
  // A name after a dot is a member, but not one after the dots that spread it.
  const used = new Set(
    [...code.matchAll(/(?<!\w|\?\.|(?<!\.\.)\.)([A-Za-z_]\w*)|\bhttp\.([A-Z]\w*)/g)].map(
      ([, name, ofHttp]) => name ?? ofHttp ?? "",
    ),
  );
  return { imports, declared, functions: namesOf(functions), used };
}
