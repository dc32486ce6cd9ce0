import Foundation
import NNLayers

/// The classes of masks: a name and a colour each, in the order of their indices.
struct ClassList: Sendable {
    var names: [String]
    var colors: [Color]

    var count: Int { names.count }

    init(names: [String], colors: [Color]? = nil) {
        self.names = names
        self.colors = colors ?? Color.classes(names.count)
    }

    init(_ classes: [(String, UInt32)]) {
        self.init(names: classes.map(\.0), colors: classes.map { Color($0.1) })
    }
}

/// Classes as a configuration writes them: a list of them, or the file that holds a line for each.
///
/// A class is its name, and after it, if wanted, its colour: `road`, `road #804080`, `road 128 64 128`.
public enum ClassListOption: Codable, Hashable, Sendable {
    case file(String)
    case list([String])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let path = try? container.decode(String.self) {
            self = .file(path)
        } else if let list = try? container.decode([String].self) {
            self = .list(list)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected the names of the classes, or the path of a file of them")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .file(let path): try container.encode(path)
        case .list(let list): try container.encode(list)
        }
    }

    /// The entries, each with the place that errors name.
    private func entries() throws(DatasetError) -> [(text: String, place: String)] {
        switch self {
        case .list(let list): return list.enumerated().map { ($1, "classes.\($0)") }
        case .file(let path):
            let file = URL(configured: path, isDirectory: false)
            let lines = try TextLines(file, remedy: "Set 'classes' to a text file with a line for each class")
            let entries = lines.filter { !$0.text.allSatisfy(\.isWhitespace) }
            if entries.isEmpty {
                throw DatasetError(
                    place: file.path, reason: "it names no classes", remedy: "Write the name of a class on each line")
            }
            return entries
        }
    }

    /// Reads the classes. Where some have colours all must, so that no two are shown alike by accident.
    func classes() throws(DatasetError) -> (list: ClassList, hasColors: Bool) {
        var names: [String] = []
        var colors: [Color] = []
        for (text, place) in try entries() {
            func wrong(_ reason: String, _ remedy: String) -> DatasetError {
                DatasetError(place: place, reason: reason, remedy: remedy)
            }
            let (name, color) = Self.parse(text)
            if name.isEmpty { throw wrong("the class has no name", "Write the name before the colour") }
            if names.contains(name) { throw wrong("the class '\(name)' is named twice", "Rename one of them") }
            if let color, colors.contains(color) {
                throw wrong("'\(name)' has the colour of another class", "Give each class a colour of its own")
            }
            names.append(name)
            if let color { colors.append(color) }
            if !colors.isEmpty && colors.count < names.count {
                throw wrong(
                    "some classes have colours, others have none, such as '\(color == nil ? name : names[0])'",
                    "Write '#RRGGBB' or 'red green blue' after each name, or after none")
            }
        }
        return (ClassList(names: names, colors: colors.isEmpty ? nil : colors), !colors.isEmpty)
    }

    /// Takes an entry apart; the colour is what its end can be read as.
    private static func parse(_ text: String) -> (name: String, color: Color?) {
        let words = text.split(whereSeparator: \.isWhitespace)
        func name(without count: Int) -> String { words.dropLast(count).joined(separator: " ") }
        if let last = words.last, let color = Color(hexadecimal: last) { return (name(without: 1), color) }
        let numbers = words.suffix(3).compactMap { UInt8($0) }
        if words.count > 3, numbers.count == 3 {
            return (name(without: 3), Color(red: numbers[0], green: numbers[1], blue: numbers[2]))
        }
        return (name(without: 0), nil)
    }
}

extension Color {
    /// A colour as style sheets write it: `#0072B2`.
    init?(hexadecimal text: some StringProtocol) {
        guard text.hasPrefix("#"), text.utf8.count == 7, let code = UInt32(text.dropFirst(), radix: 16) else {
            return nil
        }
        self.init(code)
    }
}
