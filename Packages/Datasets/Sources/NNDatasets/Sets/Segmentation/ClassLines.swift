import Foundation
@_spi(Text) import NNLayers

/// The lines of a list of classes, in the forms in which the tools of the field write them.
///
/// | form | of |
/// |---|---|
/// | `road`, `road #804080`, `road 128 64 128` | nnkit and others |
/// | `__ignore__`, then a name on each line | labelme; what is ignored has no index |
/// | `0 road`, `0: road`, `0,road` | numbered lists, whose numbers are the indices |
/// | `Pixel Value, Class`, then `0, road` | the same below a header, as of Roboflow (`_classes.csv`) |
/// | `road:128,64,128::` | CVAT (`labelmap.txt`) |
/// | `road,128,64,128`, also below a header | tables of colours (`class_dict.csv`) |
/// | `128 64 128 road` | CamVid (`label_colors.txt`) |
struct ClassLines {
    /// A class with its place for error messages.
    struct Entry {
        var name: String
        var color: Color?
        var place: String
    }

    private(set) var entries: [Entry]

    /// - Throws: ``DatasetError`` for lists of another form, which are named as what they are, and for numbers that are
    ///   no indices.
    init(_ lines: [(text: String, place: String)]) throws(DatasetError) {
        try Self.refuseOtherKinds(lines)
        // A line that begins with # and a space is a comment: CVAT writes one at the head.
        let lines = Self.unquoted(lines).filter { !$0.text.hasPrefix("# ") || Self.plainForm($0).color != nil }
        for form in [Self.colonForm, Self.commaForm, Self.colorFirstForm] {
            let rows = Self.isHeader(lines.first?.text ?? "") ? Array(lines.dropFirst()) : lines
            let entries = rows.compactMap { line in
                form(line.text).map { Entry(name: $0, color: $1, place: line.place) }
            }
            if entries.count == rows.count, !rows.isEmpty {
                self.entries = entries
                return
            }
        }
        let rows = Self.isNumberHeader(lines.first?.text ?? "") ? Array(lines.dropFirst()) : lines
        let numbered = rows.compactMap { line in
            Self.number(of: line.text).map { (number: $0, text: (text: $1, place: line.place)) }
        }
        if numbered.count == rows.count, rows.count > 1 {
            entries = try Self.ordered(numbered).map(Self.plainForm)
            return
        }
        entries = lines.map(Self.plainForm)
        try removeIgnored()
    }

    /// What is no list of lines is named, since as lines it would become classes that nobody meant.
    private static func refuseOtherKinds(_ lines: [(text: String, place: String)]) throws(DatasetError) {
        guard let first = lines.first else { return }
        let text = first.text.trimmingCharacters(in: .whitespaces)
        let remedy = "Write the name of a class on each line, in the order of their indices"
        func kind(_ name: String) -> DatasetError {
            DatasetError(place: first.place, reason: "the file is \(name), and no list of classes", remedy: remedy)
        }
        if text.hasPrefix("item"), text.contains("{") { throw kind("a label map of TensorFlow") }
        if text.hasPrefix("{") || text.hasPrefix("[") { throw kind("JSON") }
        if text.hasPrefix("<") { throw kind("XML or a web page") }
        if text.lowercased().hasPrefix("classes ") && text.contains("=") || text.hasPrefix("(")
            || text.hasPrefix("import ")
        {
            throw kind("Python")
        }
        let keys = ["names:", "path:", "train:", "val:", "nc:", "classes:"]
        if lines.count > 1, keys.contains(where: { text.hasPrefix($0) }) || text == "---" { throw kind("YAML") }
        if text.hasPrefix("Idx") {
            throw DatasetError(
                place: first.place, reason: "the file is a table of ADE20K, and no list of classes",
                remedy: "Use the data set 'ade20k', or write the name of a class on each line")
        }
        if lines.count == 1, text.contains(","), colonForm(text) == nil, commaForm(text) == nil {
            throw DatasetError(
                place: first.place, reason: "all classes stand on one line, separated by commas", remedy: remedy)
        }
    }

    /// The lines without quotation marks, if each stands between them, as in tables of one column.
    private static func unquoted(_ lines: [(text: String, place: String)]) -> [(text: String, place: String)] {
        let texts = lines.map { $0.text.trimmingCharacters(in: .whitespaces) }
        guard texts.allSatisfy({ $0.count > 2 && $0.first == "\"" && $0.last == "\"" }) else { return lines }
        return zip(texts, lines).map { (String($0.dropFirst().dropLast()), $1.place) }
    }

    private static func isHeader(_ text: String) -> Bool {
        let words = text.lowercased().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return words.count >= 4 && (words.suffix(3) == ["r", "g", "b"] || words.suffix(3) == ["red", "green", "blue"])
    }

    /// `Pixel Value, Class`, `id,name` and the like: a word for numbers before one for names.
    private static func isNumberHeader(_ text: String) -> Bool {
        let words = text.lowercased().split(whereSeparator: { ",;\t".contains($0) })
            .map { $0.trimmingCharacters(in: .whitespaces).replacing("_", with: " ") }
        let numbers = ["pixel value", "value", "id", "index", "idx", "number", "class id", "label id", "category id"]
        let names = ["class", "name", "label", "category", "class name", "label name", "category name"]
        return words.count == 2 && numbers.contains(words[0]) && names.contains(words[1])
    }

    private static func color(_ words: some Collection<some StringProtocol>) -> Color? {
        let bytes = words.compactMap { UInt8($0.trimmingCharacters(in: .whitespaces)) }
        guard words.count == 3, bytes.count == 3 else { return nil }
        return Color(red: bytes[0], green: bytes[1], blue: bytes[2])
    }

    /// `road:128,64,128::`, of which the last two fields are parts and actions.
    private static func colonForm(_ text: String) -> (String, Color)? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        for count in [4, 2] where fields.count >= count {
            let name = fields.dropLast(count - 1).joined(separator: ":").trimmingCharacters(in: .whitespaces)
            if let color = color(fields[fields.count - count + 1].split(separator: ",")) { return (name, color) }
        }
        return nil
    }

    private static func commaForm(_ text: String) -> (String, Color)? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count >= 4, let color = color(fields.suffix(3)) else { return nil }
        return (fields.dropLast(3).joined(separator: ",").trimmingCharacters(in: .whitespaces), color)
    }

    private static func colorFirstForm(_ text: String) -> (String, Color)? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 4, let color = color(words.prefix(3)), Int(words[3]) == nil else { return nil }
        return (words.dropFirst(3).joined(separator: " "), color)
    }

    /// `0 road`, `0: road`, `0, road`, `0. road` and `0) road`.
    private static func number(of text: String) -> (Int, String)? {
        let text = text.trimmingCharacters(in: .whitespaces)
        let digits = text.prefix { $0 == "-" || $0.isWholeNumber }
        guard let number = Int(digits), digits.count < text.count else { return nil }
        let rest = text.dropFirst(digits.count)
        let name = rest.drop { " \t:,;.)".contains($0) }
        guard name.startIndex > rest.startIndex, !name.isEmpty else { return nil }
        // The rest must not be numbers or a colour alone.
        return name.contains(where: \.isLetter) && Color(code: name) == nil ? (number, String(name)) : nil
    }

    /// The lines in the order of their numbers, which must be 0, 1, 2 and so on; -1 and 255 are what is ignored.
    private static func ordered(
        _ lines: [(number: Int, text: (text: String, place: String))]
    ) throws(DatasetError) -> [(text: String, place: String)] {
        let counted = lines.filter { $0.number != -1 && !($0.number == 255 && lines.count < 256) }
            .sorted { $0.number < $1.number }
        for (index, line) in counted.enumerated() where line.number != index {
            let isTwice = index > 0 && line.number == counted[index - 1].number
            let reason =
                index == 0
                ? "the classes are numbered from \(line.number), and the indices of masks begin with 0"
                : isTwice
                    ? "two classes have the number \(line.number)"
                    : "the numbers of the classes leave out \(counted[index - 1].number + 1)"
            throw DatasetError(
                place: line.text.place, reason: reason,
                remedy: "Number the classes 0, 1, 2 as the masks do, with a line for numbers that have no class")
        }
        return counted.map(\.text)
    }

    /// A name and the colour that it may end with.
    private static func plainForm(_ line: (text: String, place: String)) -> Entry {
        let words = line.text.split(whereSeparator: \.isWhitespace)
        func name(without count: Int) -> String { words.dropLast(count).joined(separator: " ") }
        if let last = words.last, let color = Color(code: last) {
            return Entry(name: name(without: 1), color: color, place: line.place)
        }
        if words.count > 3, let color = color(words.suffix(3)) {
            return Entry(name: name(without: 3), color: color, place: line.place)
        }
        return Entry(name: name(without: 0), color: nil, place: line.place)
    }

    /// In labelme's lists the first line is number -1, which its masks store as 255.
    private mutating func removeIgnored() throws(DatasetError) {
        guard let index = entries.firstIndex(where: { $0.name == LabelmeAnnotations.ignored }) else { return }
        guard index == 0 else {
            throw DatasetError(
                place: entries[index].place,
                reason: "'\(LabelmeAnnotations.ignored)' is no class, and labelme has it in the first line",
                remedy: "Move it to the first line, or remove it")
        }
        entries.removeFirst()
    }
}
