/// A pattern of names: text in which `*` matches any characters and `{n}`, with any letter, digits.
struct NamePattern: Sendable {
    /// What is wrong with a line of a table.
    struct Violation: Error {
        let reason: String
    }

    private enum Part: Sendable, Equatable {
        case text([UInt8])
        case any
        case number(letter: String, offset: Int)
    }

    private let parts: [Part]

    init(_ text: String) throws(Violation) {
        parts = try Self.parts(of: text)
        for case .number(let letter, let offset) in parts where offset != 0 {
            throw Violation(reason: "'{\(letter)...}' must be a single letter in the name of the file")
        }
    }

    /// The pattern of the results of a replacement, which may add to numbers and subtract from them.
    init(replacement: String) throws(Violation) { parts = try Self.parts(of: replacement) }

    /// The number of `*`.
    var starCount: Int { parts.count { $0 == .any } }

    /// Checks that a replacement uses no more than the pattern finds.
    func check(_ replacement: String) throws(Violation) {
        let result = try NamePattern(replacement: replacement)
        let letters = parts.compactMap { if case .number(let letter, _) = $0 { letter } else { nil } }
        for case .number(let letter, _) in result.parts where !letters.contains(letter) {
            throw Violation(reason: "'{\(letter)}' is not in the pattern")
        }
        if result.starCount > starCount {
            throw Violation(reason: "'\(replacement)' has more '*' than the pattern")
        }
    }

    /// The parts of a name in UTF-8; nil if it does not match.
    func match(_ name: ArraySlice<UInt8>) -> NameMatch? {
        var match = NameMatch()
        return Self.match(parts[...], name, &match) ? match : nil
    }

    private static func match(
        _ parts: ArraySlice<Part>, _ name: ArraySlice<UInt8>, _ match: inout NameMatch
    ) -> Bool {
        guard let part = parts.first else { return name.isEmpty }
        let rest = parts.dropFirst()
        switch part {
        case .text(let text):
            return name.starts(with: text) && Self.match(rest, name.dropFirst(text.count), &match)
        case .any:
            for end in name.startIndex...name.endIndex {
                let before = match
                match.texts.append(String(decoding: name[..<end], as: UTF8.self))
                if Self.match(rest, name[end...], &match) { return true }
                match = before
            }
            return false
        case .number(let letter, let offset):
            let digits = name.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            // No network has numbers of ten digits, and sums of such numbers may overflow.
            guard digits.count < 10, let shown = Int(String(decoding: digits, as: UTF8.self)), shown >= offset
            else { return false }
            let number = shown - offset
            if let known = match.numbers[letter], known != number { return false }
            match.numbers[letter] = number
            return Self.match(rest, name[digits.endIndex...], &match)
        }
    }

    /// The name with these parts.
    func name(of match: NameMatch) -> String {
        var texts = match.texts[...]
        return parts.map { part in
            switch part {
            case .text(let text): String(decoding: text, as: UTF8.self)
            case .any: texts.popFirst() ?? ""
            case .number(let letter, let offset): String((match.numbers[letter] ?? 0) + offset)
            }
        }.joined()
    }

    private static func parts(of text: String) throws(Violation) -> [Part] {
        var parts: [Part] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.first {
            if first == UInt8(ascii: "*") {
                parts.append(.any)
                rest = rest.dropFirst()
            } else if first == UInt8(ascii: "{") {
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")),
                    let part = number(String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self))
                else { throw Violation(reason: "'\(text)': expected '{n}', '{n+1}' or '{n-1}' with any letter") }
                parts.append(part)
                rest = rest[(end + 1)...]
            } else {
                let plain = rest.prefix { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "{") }
                parts.append(.text(Array(plain)))
                rest = rest[plain.endIndex...]
            }
        }
        return parts
    }

    private static func number(_ text: String) -> Part? {
        guard let letter = text.first, letter.isLetter else { return nil }
        let offset = text.dropFirst()
        if offset.isEmpty { return .number(letter: String(letter), offset: 0) }
        guard offset.first == "+" || offset.first == "-", offset.count < 10, let value = Int(offset)
        else { return nil }
        return .number(letter: String(letter), offset: value)
    }
}

/// The parts of a name that a pattern found.
struct NameMatch {
    var texts: [String] = []
    var numbers: [String: Int] = [:]

    /// The result of a replacement, which was checked together with the pattern.
    func applied(to replacement: String) -> String {
        (try? NamePattern(replacement: replacement))?.name(of: self) ?? replacement
    }
}

/// Renumbers the layers that Keras named automatically: `conv2d`, `conv2d_1`, ...
///
/// Keras counts all layers of a program, so the same network has other numbers if another one was created before it;
/// and its first versions counted from 1 where later ones start without a number.
struct LayerCounter {
    /// What the names begin with: `conv2d`.
    let layer: String

    /// The names, with the numbers of the layer from 1, in their order.
    func renumbered(_ names: [String]) -> [String] {
        let parts = names.map { $0.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }
        let found = Set(parts.flatMap { $0.compactMap(number) }).sorted()
        let renumbered = Dictionary(uniqueKeysWithValues: zip(found, 1...))
        return parts.map { parts in
            parts.map { part in number(part).flatMap { renumbered[$0] }.map { "\(layer)_\($0)" } ?? part }
                .joined(separator: "/")
        }
    }

    /// A renumbered name as a program of Keras has it that builds nothing else: the first layer has no number.
    func shown(_ name: String) -> String {
        name.split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard let index = number(String(part)), index > 0 else { return String(part) }
            return index == 1 ? layer : "\(layer)_\(index - 1)"
        }.joined(separator: "/")
    }

    /// The number of a layer: 0 if it has none; nil for other layers.
    private func number(_ part: String) -> Int? {
        if part == layer { return 0 }
        return part.hasPrefix(layer + "_") ? Int(part.dropFirst(layer.count + 1)) : nil
    }
}
