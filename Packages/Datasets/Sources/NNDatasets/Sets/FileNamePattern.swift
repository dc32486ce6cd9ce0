import Foundation
import NNLayers

/// A pattern of file names that contain a class, such as `{class}.{number}.jpg` for `cat.0.jpg`.
///
/// `{class}` is the class, `{number}` are digits, `*` is anything, and all else stands for itself. A pattern with a slash
/// is one of paths, another one of names at any depth; no part matches a slash.
@_spi(Internal) public struct FileNamePattern: Hashable, Sendable {
    private enum Part: Hashable {
        case text([Character])
        case anything
        case number
        case className
    }

    /// The pattern as it is written.
    public let text: String
    private let parts: [Part]

    /// - Throws: `OptionError` for a pattern without `{class}`, with several, or with another name in braces.
    public init(_ text: String) throws(OptionError) {
        func wrong(_ reason: String) -> OptionError { OptionError("pattern", reason) }
        var parts: [Part] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first == "*" {
                parts.append(.anything)
                rest.removeFirst()
            } else if first == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw wrong("has a { without }: '\(text)'") }
                switch rest[rest.index(after: rest.startIndex)..<end] {
                case "class": parts.append(.className)
                case "number": parts.append(.number)
                case let name: throw wrong("has {\(name)}, and only {class} and {number} have a meaning")
                }
                rest = rest[rest.index(after: end)...]
            } else {
                let literal = rest.prefix { $0 != "*" && $0 != "{" }
                parts.append(.text(Array(literal)))
                rest = rest[literal.endIndex...]
            }
        }
        if parts.count(where: { $0 == .className }) != 1 {
            throw wrong("must contain {class} once, such as '{class}.{number}.jpg', not '\(text)'")
        }
        (self.text, self.parts) = (text, parts)
    }

    /// The class in the path of a file, the shortest text that fits; nil for a path that does not match.
    public func className(in path: String) -> String? {
        let name = text.contains("/") ? path : path.split(separator: "/").last.map(String.init) ?? path
        return match(parts[...], Array(name)[...]).flatMap { $0 }
    }

    /// The class, nil where it is not among these parts, or nil where they do not match.
    private func match(_ parts: ArraySlice<Part>, _ characters: ArraySlice<Character>) -> String?? {
        guard let part = parts.first else { return characters.isEmpty ? .some(nil) : nil }
        let others = parts.dropFirst()
        switch part {
        case .text(let text):
            return characters.starts(with: text) ? match(others, characters.dropFirst(text.count)) : nil
        case .number:
            let digits = characters.prefix { $0.isASCII && $0.isNumber }
            return digits.isEmpty ? nil : match(others, characters.dropFirst(digits.count))
        case .anything, .className:
            let shortest = part == .className ? 1 : 0
            let longest = characters.prefix { $0 != "/" }.count
            guard shortest <= longest else { return nil }
            for length in shortest...longest {
                guard let found = match(others, characters.dropFirst(length)) else { continue }
                return part == .className ? .some(String(characters.prefix(length))) : .some(found)
            }
            return nil
        }
    }
}

@_spi(Internal) extension FileNamePattern {
    /// The number of files of each class at least, on average, for names to be those of classes.
    private static let filesPerClass = 2

    /// The pattern by which all of these names of files contain a class, such as `cat.0.jpg`; nil if there is none, or one
    /// class only.
    public static func guess(from names: [String]) -> FileNamePattern? {
        let endings = Set(names.map { ($0 as NSString).pathExtension })
        let ending = endings.count == 1 ? endings.first.map { ".\($0)" } ?? "" : ".*"
        let stems = [".", "_", "-", " ", ""].flatMap { ["{class}\($0){number}", "{number}\($0){class}"] }
        for stem in stems {
            guard let pattern = try? FileNamePattern(stem + ending) else { continue }
            let classes = names.lazy.map(pattern.className(in:))
            guard classes.allSatisfy({ $0?.contains(where: \.isLetter) ?? false }) else { continue }
            let count = Set(classes.compactMap { $0 }).count
            if count > 1, count * filesPerClass <= names.count { return pattern }
        }
        return nil
    }
}
