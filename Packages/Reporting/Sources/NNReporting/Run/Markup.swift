import Foundation
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
import NNPlotting

/// Forms that the parts of a page share.
extension HTML {
    /// An element without attributes.
    init(_ element: String, _ contents: [HTML]) { self.init(element, [:], contents) }

    /// An element without attributes.
    init(_ element: String, _ first: HTML, _ rest: HTML...) { self.init(element, [:], [first] + rest) }

    /// A paragraph.
    static func paragraph(_ text: some StringProtocol) -> HTML { HTML("p", text: text) }

    /// A paragraph in the colour of secondary text.
    static func remark(_ text: some StringProtocol) -> HTML { HTML("p", ["class": "soft"], text: text) }

    /// Names with their values, one below the other.
    static func facts(_ rows: [(name: String, value: String)], caption: String? = nil) -> HTML {
        var pieces: [HTML] = []
        if let caption { pieces.append(HTML("caption", text: caption)) }
        let lines = rows.map { row in
            HTML("tr", HTML("th", ["scope": "row"], text: row.name), HTML("td", text: row.value))
        }
        pieces.append(HTML("tbody", lines))
        return .scrolling(HTML("table", ["class": "facts"], pieces))
    }

    /// A table; all columns but the first are numbers, unless they are named otherwise.
    /// - Parameters:
    ///   - marked: The row that is emphasized.
    ///   - textColumns: The columns of texts besides the first.
    static func table(
        columns: [String], rows: [[String]], caption: String? = nil, marked: Int? = nil, textColumns: Set<Int> = []
    ) -> HTML {
        func isText(_ column: Int) -> Bool { column == 0 || textColumns.contains(column) }
        let head = columns.enumerated().map { index, name in
            HTML("th", isText(index) ? ["scope": "col"] : ["scope": "col", "class": "number"], text: name)
        }
        let lines = rows.enumerated().map { number, row in
            let cells = row.enumerated().map { index, cell in
                index == 0
                    ? HTML("th", ["scope": "row"], text: cell)
                    : HTML("td", isText(index) ? [:] : ["class": "number"], text: cell)
            }
            return HTML("tr", number == marked ? ["class": "best"] : [:], cells)
        }
        var pieces: [HTML] = []
        if let caption { pieces.append(HTML("caption", text: caption)) }
        pieces += [HTML("thead", HTML("tr", head)), HTML("tbody", lines)]
        return .scrolling(HTML("table", pieces))
    }

    /// Something wide, which scrolls within its own box; by the keyboard too, which needs a focus.
    static func scrolling(_ content: HTML) -> HTML { HTML("div", ["class": "scroll", "tabindex": "0"], content) }

    /// A part that is closed at first.
    static func details(_ summary: String, _ content: HTML...) -> HTML {
        HTML("details", [HTML("summary", text: summary)] + content)
    }

    /// A text of several lines as it is.
    static func lines(_ text: some StringProtocol) -> HTML { HTML("pre", ["tabindex": "0"], HTML("code", text: text)) }

    /// Charts side by side.
    static func charts(_ charts: [LineChart]) -> HTML {
        HTML("div", ["class": "charts"], charts.map { HTML("figure", HTML(markup: $0.svg())) })
    }

    /// Figures in large type: name, value, and a remark.
    static func tiles(_ tiles: [(name: String, value: String, remark: String)]) -> HTML {
        HTML(
            "dl", ["class": "tiles"],
            tiles.map { tile in
                var value = [HTML(text: tile.value)]
                if !tile.remark.isEmpty { value.append(HTML("small", text: tile.remark)) }
                return HTML("div", HTML("dt", text: tile.name), HTML("dd", value))
            })
    }
}

/// Images of files within a page.
enum EmbeddedImage {
    /// Files of at most so many bytes are taken as they are.
    private static let byteLimit = 400_000
    /// The longer side of a larger image, in pixels.
    private static let side = 1600

    /// The image of a PNG or JPEG file as a figure; nil where there is none that can be read.
    static func figure(_ file: URL, description: String, caption: String) -> HTML? {
        guard let data = try? Data(contentsOf: file), let image = try? Image(contentsOf: file) else { return nil }
        var (type, bytes, size) = (file.pathExtension == "png" ? "png" : "jpeg", data, image.size)
        if data.count > byteLimit {
            let scale = min(Double(side) / Double(max(size.height, size.width)), 1)
            size = Size(
                height: max(Int(Double(size.height) * scale), 1), width: max(Int(Double(size.width) * scale), 1))
            let scaled = image.view().resized(to: size, interpolation: .bilinear)
            guard let smaller = try? scaled.encodedJPEG(file: file.path, quality: 85) else { return nil }
            if smaller.count < data.count { (type, bytes) = ("jpeg", Data(smaller)) }
        }
        let source = "data:image/\(type);base64,\(bytes.base64EncodedString())"
        let element = HTML(
            "img",
            ["src": source, "alt": description, "width": "\(size.width)", "height": "\(size.height)"])
        return HTML("figure", element, HTML("figcaption", text: caption))
    }
}
