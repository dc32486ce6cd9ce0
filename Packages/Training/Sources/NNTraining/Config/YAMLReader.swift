import Foundation
@_spi(Internal) @_spi(Text) import NNCore
@_spi(Text) import NNLayers
import Yams

/// Reads YAML: a single document without anchors, tags and duplicate keys.
@_spi(Internal) public enum YAMLReader {
    /// Reads a file.
    /// - Parameter path: The path of the file, as messages will name it.
    /// - Throws: `ConfigError` with line, column and remedy.
    public static func read(file path: String) throws(ConfigError) -> ConfigNode {
        let place = ConfigPlace(source: path)
        var status = stat()
        if stat(path, &status) == 0 {
            switch status.st_mode & S_IFMT {
            case S_IFREG: try YAMLLimits.check(byteCount: Int(status.st_size), source: path)
            case S_IFDIR: throw ConfigError("is a directory", remedy: "name a YAML file", place: place)
            default: throw ConfigError("is a pipe or a device, not a file", remedy: "name a YAML file", place: place)
            }
        }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            if !FileManager.default.fileExists(atPath: path) {
                throw ConfigError("there is no such file", remedy: "check the path", place: place)
            }
            throw ConfigError(
                "cannot be read: \(SystemError.text(of: error))", remedy: "name a YAML file", place: place)
        }
        if let other = FileStandIn(text: data) {
            throw ConfigError("is \(other.description)", remedy: other.remedy, place: place)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigError("is not UTF-8 text", remedy: "name a YAML file, saved as UTF-8", place: place)
        }
        // Some editors begin a file with a byte order mark.
        return try read(
            text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text, source: path)
    }

    /// Reads a text.
    /// - Parameters:
    ///   - text: The YAML.
    ///   - source: The file that messages will name.
    /// - Throws: `ConfigError` with line, column and remedy.
    public static func read(_ text: String, source: String) throws(ConfigError) -> ConfigNode {
        try read(text, source: source, keepsWords: false)
    }

    /// - Parameter keepsWords: Whether scalars are noted as they are written, for a value of the command line.
    static func read(_ text: String, source: String, keepsWords: Bool) throws(ConfigError) -> ConfigNode {
        try YAMLLimits.check(text, source: source)
        do {
            // The parser must outlive the conversion, since only it holds the anchors.
            let parser = try Parser(yaml: text, resolver: YAMLConversion.resolver, encoding: .utf8)
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else {
                    throw ConfigError(
                        "is empty", remedy: "write at least one key", place: ConfigPlace(source: source))
                }
                return try YAMLConversion(source: source, keepsWords: keepsWords).node(root).moved(to: "")
            }
        } catch let error as YamlError {
            throw YAMLProblem(text: text, source: source).configError(error)
        } catch let error as ConfigError {
            throw error
        } catch {
            throw ConfigError("\(error)", place: ConfigPlace(source: source))
        }
    }
}

/// What no configuration exceeds, and the parser must not be given: it takes time and stack by these.
private enum YAMLLimits {
    private static let bytes = 1 << 20
    private static let depth = 128
    private static let aliases = 16

    static func check(byteCount: Int, source: String) throws(ConfigError) {
        guard byteCount > bytes else { return }
        throw ConfigError(
            "has \(byteCount) bytes, and a configuration at most \(bytes)",
            remedy: "name a configuration; lists of files and classes have files of their own",
            place: ConfigPlace(source: source))
    }

    static func check(_ text: String, source: String) throws(ConfigError) {
        func refusal(_ message: String, _ remedy: String, line: Int? = nil) -> ConfigError {
            ConfigError(message, remedy: remedy, place: ConfigPlace(source: source, line: line))
        }
        try check(byteCount: text.utf8.count, source: source)
        // Brackets and stars in quoted text count as well, which only many of them show.
        var (line, flowDepth, blockDepth, aliasCount) = (1, 0, 0, 0)
        var (isIndent, isComment) = (true, false)
        var previous = UInt8(ascii: "\n")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                (line, blockDepth, isIndent, isComment) = (line + 1, 0, true, false)
            case _ where isComment: break
            case UInt8(ascii: "#") where " \t\n".utf8.contains(previous): isComment = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): flowDepth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): flowDepth = max(flowDepth - 1, 0)
            case UInt8(ascii: "*") where " \t\n[{,".utf8.contains(previous): aliasCount += 1
            default: break
            }
            if byte != UInt8(ascii: "\n") {
                isIndent = isIndent && " -?:".utf8.contains(byte)
                if isIndent { blockDepth += 1 }
            }
            if flowDepth > depth || blockDepth > 4 * depth {
                throw refusal("the nesting is too deep", "use at most \(depth) levels", line: line)
            }
            if aliasCount > aliases {
                throw refusal(
                    "anchors and aliases are not supported",
                    "repeat the value, or put it into a file that '_base_' names; write text with stars in quotes",
                    line: line)
            }
            previous = byte
        }
    }
}

/// Converts nodes of Yams to configuration nodes.
struct YAMLConversion {
    /// The tag of plain scalars, whose type ``YAMLScalar`` determines.
    private static let plain: Tag.Name = "plain"
    static let resolver = try! Resolver.basic.appending(plain, "^")
    let source: String
    var keepsWords = false

    func node(_ node: Node) throws(ConfigError) -> ConfigNode {
        let place = place(of: node)
        if node.anchor != nil {
            throw ConfigError(
                "anchors and aliases are not supported",
                remedy: "repeat the value, or put it into a file that '_base_' names", place: place)
        }
        switch node {
        case .scalar(let scalar):
            var result = ConfigNode(try content(scalar, tag: node.tag, place: place), place: place)
            if keepsWords { result.words = scalar.string }
            return result
        case .sequence(let sequence):
            try expect(node.tag, .seq, place)
            var elements: [ConfigNode] = []
            for element in sequence { elements.append(try self.node(element)) }
            return ConfigNode(.sequence(elements), place: place)
        case .mapping(let mapping):
            try expect(node.tag, .map, place)
            var entries: [ConfigEntry] = []
            for (key, value) in mapping { entries.append(try entry(key, value)) }
            return ConfigNode(.mapping(entries), place: place)
        case .alias:
            trap("YAML: the parser replaces aliases")
        }
    }

    private func entry(_ key: Node, _ value: Node) throws(ConfigError) -> ConfigEntry {
        let place = place(of: key)
        guard let name = key.scalar?.string else {
            throw ConfigError("a list or a mapping cannot be a key", remedy: "put quotes around it", place: place)
        }
        return ConfigEntry(key: name, value: try node(value), place: place)
    }

    private func content(
        _ scalar: Node.Scalar, tag: Tag, place: ConfigPlace
    ) throws(ConfigError) -> ConfigNode.Content {
        guard tag == Tag(Self.plain) else {
            try expect(tag, .str, place)
            return .string(scalar.string)
        }
        guard let content = YAMLScalar.content(of: scalar.string) else {
            throw ConfigError("the whole number \(scalar.string.excerpt) is too large", place: place)
        }
        return content
    }

    private func expect(_ tag: Tag, _ expected: Tag.Name, _ place: ConfigPlace) throws(ConfigError) {
        if tag == Tag(expected) { return }
        throw ConfigError("the tag '\(tag)' is not supported", remedy: "remove it", place: place)
    }

    private func place(of node: Node) -> ConfigPlace {
        ConfigPlace(source: source, line: node.mark?.line, column: node.mark?.column)
    }
}

/// Translates the errors of Yams.
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
