/// A piece of a page. Whatever is put into one as text or as an attribute is escaped, since the names of classes and files
/// come from anywhere.
struct HTML: Hashable, CustomStringConvertible {
    /// The markup.
    let description: String

    /// Markup that is written here, and so needs no escaping; never anything from a file.
    init(markup: String) { description = markup }

    /// A text.
    init(text: some StringProtocol) { description = Self.escaped(text) }

    /// Pieces one after the other.
    init(_ pieces: [HTML]) { description = pieces.map(\.description).joined() }

    /// An element with attributes in this order, and its contents.
    init(_ element: String, _ attributes: KeyValuePairs<String, String> = [:], _ contents: HTML...) {
        self.init(element, attributes, contents)
    }

    /// An element with attributes in this order, and its contents.
    init(_ element: String, _ attributes: KeyValuePairs<String, String> = [:], _ contents: [HTML]) {
        let list = attributes.map { name, value in " \(name)=\"\(Self.escaped(value))\"" }
        let end = Self.emptyElements.contains(element) ? "" : "</\(element)>"
        description = "<\(element)\(list.joined())>" + contents.map(\.description).joined() + end
    }

    /// An element with a text.
    init(_ element: String, _ attributes: KeyValuePairs<String, String> = [:], text: some StringProtocol) {
        self.init(element, attributes, HTML(text: text))
    }

    /// The elements without an end tag that pages here have (HTML, section 13.1.2).
    private static let emptyElements: Set<String> = ["br", "hr", "img", "input", "link", "meta"]

    /// References in place of the characters that have a meaning in HTML, within quotes too. Control characters, which HTML
    /// does not allow, become replacement characters.
    private static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case _ where scalar.properties.generalCategory == .control: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// A part of a page under a heading, which the list of contents names.
struct ReportSection: Hashable {
    /// The name in the address, in lower-case letters: `#curves`.
    var anchor: String
    /// The heading.
    var title: String
    /// What stands under it.
    var body: HTML
}
