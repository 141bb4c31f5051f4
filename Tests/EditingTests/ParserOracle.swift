import Model
import Platform
import Testing

/// What the parsers that people use make of a text: Python's tomllib, json, configparser, PyYAML, and the shell.
enum ParserOracle {
  struct Question {
    var format: SettingsFormat
    var text: String
  }

  /// One answer for each question; nil for a text that its parser refuses.
  static func ask(_ questions: [Question]) async throws -> [Value?] {
    let request = Value.array(
      questions.map { ["format": .string($0.format.rawValue), "text": .string($0.text)] })
    let result = try await Subprocess(
      "python3", ["-c", script], stdin: Array(request.json().utf8), outputLimit: 1 << 26,
      timeout: .seconds(60)
    ).run()
    try #require(result.isSuccess, "\(result.stderr.text)")
    let answers = try JSONReader.parse(result.stdout.bytes).arrayValue ?? []
    return answers.map { $0["value"] }
  }

  private static let script = """
    import configparser, json, subprocess, sys, tempfile, tomllib, yaml

    def plain(value):
        if isinstance(value, dict): return {str(k): plain(v) for k, v in value.items()}
        if isinstance(value, list): return [plain(v) for v in value]
        if value is None or isinstance(value, (str, int, bool)): return value
        if isinstance(value, float) and value == value and abs(value) != float('inf'): return value
        return 'other: ' + repr(value)

    class Loader(yaml.SafeLoader):
        pass

    def mapping(loader, node):
        keys = [loader.construct_object(k, deep=True) for k, _ in node.value]
        if len(set(map(str, keys))) != len(keys): raise ValueError('duplicate key')
        return loader.construct_mapping(node, deep=True)

    Loader.add_constructor('tag:yaml.org,2002:map', mapping)

    def ini(text):
        parser = configparser.RawConfigParser(allow_no_value=True)
        parser.optionxform = str
        parser.read_string(text)
        return {s: dict(parser.items(s)) for s in parser.sections()}

    def env(text):
        with tempfile.NamedTemporaryFile('w', newline='') as file:
            file.write(text); file.flush()
            out = subprocess.run(['env', '-i', 'sh', '-c', 'set -a; . "$0"; exec /usr/bin/env -0', file.name],
                                 capture_output=True, check=True).stdout.decode()
        return {k: v for k, v in (e.split('=', 1) for e in out.split('\\0') if e) if k not in ('PWD', '_', 'OLDPWD')}

    parsers = {'toml': tomllib.loads, 'json': json.loads, 'yaml': lambda t: yaml.load(t, Loader) or {}, 'ini': ini, 'env': env}
    answers = []
    for question in json.load(sys.stdin):
        try: answers.append({'value': plain(parsers[question['format']](question['text']))})
        except Exception as error: answers.append({'error': str(error)})
    json.dump(answers, sys.stdout)
    """
}
