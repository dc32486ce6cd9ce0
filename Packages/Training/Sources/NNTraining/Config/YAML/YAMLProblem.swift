import NNLayers
import Yams

/// Says in the words of this package what Yams could not read.
struct YAMLProblem {
    let text: String
    let source: String

    func configError(_ error: YamlError) -> ConfigError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            if beginsWithTab(mark.line) {
                return ConfigError(
                    "a tab cannot indent YAML", remedy: "use spaces",
                    place: ConfigPlace(source: source, line: mark.line))
            }
            let context = context.map { " (\($0.text) at line \($0.mark.line))" } ?? ""
            return ConfigError("\(problem)\(context)", place: place(mark))
        case .composer(_, let problem, let mark, _):
            if problem.contains("another document") {
                return ConfigError(
                    "a second document begins here", remedy: "keep one document a file", place: place(mark))
            }
            return ConfigError(problem, place: place(mark))
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            return ConfigError(
                "\(names) \(keys.count == 1 ? "stands" : "stand") twice in one mapping", remedy: "remove one",
                place: place(context.mark))
        case .reader(let problem, _, _, _):
            return ConfigError("\(problem)", remedy: "name a text file", place: ConfigPlace(source: source))
        default:
            return ConfigError("\(error)", place: ConfigPlace(source: source))
        }
    }

    private func place(_ mark: Mark) -> ConfigPlace {
        ConfigPlace(source: source, line: mark.line, column: mark.column)
    }

    private func beginsWithTab(_ line: Int) -> Bool {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return false }
        return lines[line - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }
}
