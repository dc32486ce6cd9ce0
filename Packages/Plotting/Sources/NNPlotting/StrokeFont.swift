import Foundation
import NNDatasets

/// A font made of strokes, which can be drawn at any size and in any direction.
///
/// A bitmap font would be sharp at one size only.
enum StrokeFont {
    /// The lines of a character, in units of a sixth of the height of a capital.
    struct Glyph {
        var lines: [[Point]] = []
        var width = 1.8
    }

    /// The height of a capital in units.
    static let capitalHeight = 6.0
    /// The space between two characters in units.
    static let spacing = 1.4
    /// All digits have one width, so that columns of numbers align.
    private static let digitWidth = 3.3

    private static let glyphs: [Glyph] = zip(UInt8(ascii: " ")..., paths).map { code, path in
        var glyph = Glyph()
        guard !path.isEmpty else { return glyph }
        glyph.lines = lines(of: path)
        let xs = glyph.lines.joined().map(\.x)
        // A character that begins right of 0 gets the same space on its right.
        glyph.width = (xs.max() ?? 0) + max(xs.min() ?? 0, 0)
        if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(code) { glyph.width = digitWidth }
        return glyph
    }

    /// A box for characters that the font lacks.
    static let missing = Glyph(
        lines: [[(0, 0), (2.8, 0), (2.8, 6), (0, 6), (0, 0)].map { Point(x: $0.0, y: $0.1) }], width: 2.8)

    /// The glyph of a character: a letter with marks is drawn without them, and another character that the font lacks as a
    /// box.
    static func glyph(of character: Character) -> Glyph { knownGlyph(of: character) ?? missing }

    /// Nil for a character that the font lacks.
    static func knownGlyph(of character: Character) -> Glyph? {
        if let glyph = asciiGlyph(of: character) { return glyph }
        switch character {
        case "–", "—", "−": return asciiGlyph(of: "-")
        case "’", "‘": return asciiGlyph(of: "'")
        default: break
        }
        // Without marks, as in "ü"; other scripts have no such letter.
        let base = String(character).decomposedStringWithCanonicalMapping.unicodeScalars.first
        return base.flatMap { asciiGlyph(of: Character($0)) }
    }

    private static func asciiGlyph(of character: Character) -> Glyph? {
        guard let code = character.asciiValue, code >= UInt8(ascii: " ") else { return nil }
        let index = Int(code) - Int(UInt8(ascii: " "))
        return glyphs.indices.contains(index) ? glyphs[index] : nil
    }

    /// Whether the font has all characters of a text.
    static func has(_ text: String) -> Bool { text.allSatisfy { knownGlyph(of: $0) != nil } }

    /// Flattens a path into lines, six for each curve.
    private static func lines(of path: String) -> [[Point]] {
        var result: [[Point]] = []
        for command in path.split(whereSeparator: { "MLQ".contains($0) }) {
            let letter = path[path.index(before: command.startIndex)]
            let numbers = command.split(separator: " ").compactMap { Double($0.hasPrefix(".") ? "0\($0)" : String($0)) }
            let end = Point(x: numbers[numbers.count - 2], y: numbers[numbers.count - 1])
            switch letter {
            case "M": result.append([end])
            case "L": result[result.count - 1].append(end)
            default:
                let start = result[result.count - 1].last!
                for step in 1...6 {
                    let t = Double(step) / 6
                    func mix(_ a: Double, _ b: Double, _ c: Double) -> Double {
                        (1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c
                    }
                    result[result.count - 1].append(
                        Point(x: mix(start.x, numbers[0], end.x), y: mix(start.y, numbers[1], end.y)))
                }
            }
        }
        return result
    }
}

/// The size and colour of text.
struct TextStyle {
    /// The height of a capital in pixels.
    var height: Double
    /// The width of a stroke in pixels.
    var weight: Double
    var color: Color

    /// The width of a text in pixels.
    func width(of text: String) -> Double {
        text.reduce(0) { $0 + advance(of: StrokeFont.glyph(of: $1)) } - StrokeFont.spacing * unit
    }

    /// Truncates a text to a width in pixels.
    func shortened(_ text: String, toWidth room: Double) -> String {
        let dot = advance(of: StrokeFont.glyph(of: "."))
        var end = -StrokeFont.spacing * unit
        // How much is kept where the rest does not fit.
        var kept = text.startIndex
        for index in text.indices {
            end += advance(of: StrokeFont.glyph(of: text[index]))
            if end > room { return text[..<kept] + ".." }
            if end + 2 * dot <= room { kept = text.index(after: index) }
        }
        return text
    }

    fileprivate var unit: Double { height / StrokeFont.capitalHeight }

    /// The distance to the next character, in whole pixels so that all vertical strokes are equally sharp.
    fileprivate func advance(of glyph: StrokeFont.Glyph) -> Double {
        ((glyph.width + StrokeFont.spacing) * unit).rounded()
    }
}

/// The names of classes in images.
@_spi(Internal) public enum DrawnName {
    /// A name to draw, after its index where the font lacks any of its characters, so that names of boxes differ.
    public static func text(_ name: String, index: Int) -> String {
        name.allSatisfy { StrokeFont.knownGlyph(of: $0) != nil } ? name : "\(index) \(name)"
    }
}

extension Canvas {
    /// Which end of a text lies at its position.
    enum TextAlignment: Double {
        case leading = 0
        case center = 0.5
        case trailing = 1
    }

    /// Writes a line of text.
    /// - Parameters:
    ///   - position: The base line, at the end that `alignment` names.
    ///   - upward: Whether the text is rotated to run from bottom to top.
    mutating func write(
        _ text: String, at position: Point, style: TextStyle, alignment: TextAlignment = .leading, upward: Bool = false
    ) {
        let shift = -alignment.rawValue * style.width(of: text)
        let origin =
            upward
            ? Point(x: position.x.rounded() + 0.5, y: (position.y - shift).rounded() + 0.5)
            : Point(x: (position.x + shift).rounded() + 0.5, y: position.y.rounded() + 0.5)
        var pen = 0.0
        var lines: [[Point]] = []
        for character in text {
            let glyph = StrokeFont.glyph(of: character)
            lines += glyph.lines.map { line in
                line.map { point in
                    let along = pen + point.x * style.unit
                    let down = (point.y - StrokeFont.capitalHeight) * style.unit
                    return upward
                        ? Point(x: origin.x + down, y: origin.y - along)
                        : Point(x: origin.x + along, y: origin.y + down)
                }
            }
            pen += style.advance(of: glyph)
        }
        stroke(lines, width: style.weight, color: style.color)
    }
}
