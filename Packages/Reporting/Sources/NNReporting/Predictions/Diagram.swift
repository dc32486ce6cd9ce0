import Foundation
import NNLayers

/// A small diagram of lines, bars and points, as SVG in the colours of the page.
struct Diagram {
    /// What is drawn, from the back to the front.
    enum Layer {
        /// A line through points, in one of the colours of the style sheet: `a`, `b`, `c`, `right`, `wrong` or `faint`.
        case line(name: String?, color: String, points: [(x: Double, y: Double)])
        /// Bars from 0 up, with a text for the pointer.
        case bars(color: String, [(from: Double, to: Double, height: Double, text: String)])
        /// Points, with a text for the pointer.
        case points(color: String, [(x: Double, y: Double, text: String)])
    }

    /// The heading.
    var title: String
    /// What the horizontal axis is.
    var xLabel: String
    /// What the vertical axis is.
    var yLabel: String
    /// The ends of the axes.
    var x = 0.0...1.0
    var y = 0.0...1.0
    /// Whether numbers of the axes are fractions, shown as percentages.
    var isPercent = true
    var layers: [Layer] = []

    private static let size = (width: 380.0, height: 270.0)
    private static let (left, right, top, bottom) = (50.0, 22.0, 12.0, 42.0)

    init(_ title: String, x xLabel: String, y yLabel: String, layers: [Layer] = []) {
        (self.title, self.xLabel, self.yLabel, self.layers) = (title, xLabel, yLabel, layers)
    }

    /// The diagram under its heading, with a legend of the lines that have names.
    var html: HTML {
        let named = layers.compactMap { layer -> HTML? in
            guard case .line(let name?, let color, _) = layer else { return nil }
            return HTML("span", ["class": "nnp-key nnp-key-\(color)"], text: name)
        }
        let legend = named.isEmpty ? [] : [HTML("p", ["class": "nnp-legend"], named)]
        return HTML(
            "figure", ["class": "nnp-diagram"], [HTML("figcaption", text: title), svg] + legend)
    }

    private var svg: HTML {
        let (width, height) = (Self.size.width, Self.size.height)
        return HTML(
            "svg",
            [
                "viewBox": "0 0 \(Int(width)) \(Int(height))", "role": "img",
                "aria-label": "\(title): \(yLabel) by \(xLabel)",
            ],
            [axes] + layers.map(drawn))
    }

    private func across(_ value: Double) -> Double {
        let share = (value - x.lowerBound) / (x.upperBound - x.lowerBound)
        return Self.left + share * (Self.size.width - Self.left - Self.right)
    }

    private func down(_ value: Double) -> Double {
        let share = (value - y.lowerBound) / (y.upperBound - y.lowerBound)
        return Self.size.height - Self.bottom - share * (Self.size.height - Self.bottom - Self.top)
    }

    private func text(_ value: Double, step: Double) -> String {
        if isPercent { return "\(Int((value * 100).rounded())) %" }
        let decimals = max(-Int((log10(step) + 1e-9).rounded(.down)), 0)
        if abs(value) >= 1e6 || decimals > 4 { return String(format: "%.2g", value) }
        return String(format: "%.\(decimals)f", value == 0 ? 0 : value)
    }

    /// Round numbers within a range, three to seven.
    private static func ticks(_ range: ClosedRange<Double>) -> (values: [Double], step: Double) {
        let rough = (range.upperBound - range.lowerBound) / 7
        let power = pow(10, log10(rough).rounded(.down))
        let steps: [Double] = [power, 2 * power, 5 * power, 10 * power]
        let step = steps.first { $0 >= rough * (1 - 1e-9) } ?? 10 * power
        let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step + 1e-9).rounded(.down))
        return (Array(stride(from: first, through: last, by: 1)).map { $0 * step }, step)
    }

    private var axes: HTML {
        var pieces: [HTML] = []
        let (xTicks, yTicks) = (Self.ticks(x), Self.ticks(y))
        for value in yTicks.values {
            let place = Self.number(down(value))
            pieces.append(
                HTML(
                    "path",
                    [
                        "class": "nnp-grid",
                        "d": "M\(Self.number(Self.left)) \(place)H\(Self.number(Self.size.width - Self.right))",
                    ]
                ))
            pieces.append(
                HTML(
                    "text", ["x": Self.number(Self.left - 6), "y": Self.number(down(value) + 4), "text-anchor": "end"],
                    text: text(value, step: yTicks.step)))
        }
        for value in xTicks.values {
            pieces.append(
                HTML(
                    "text",
                    [
                        "x": Self.number(across(value)), "y": Self.number(Self.size.height - Self.bottom + 16),
                        "text-anchor": "middle",
                    ], text: text(value, step: xTicks.step)))
        }
        let middle = Self.number((Self.left + Self.size.width - Self.right) / 2)
        pieces.append(
            HTML(
                "text", ["x": middle, "y": Self.number(Self.size.height - 6), "text-anchor": "middle"], text: xLabel))
        let center = Self.number((Self.top + Self.size.height - Self.bottom) / 2)
        pieces.append(
            HTML(
                "text", ["x": "12", "y": center, "text-anchor": "middle", "transform": "rotate(-90 12 \(center))"],
                text: yLabel))
        return HTML("g", ["class": "nnp-axes"], pieces)
    }

    private func drawn(_ layer: Layer) -> HTML {
        switch layer {
        case .line(_, let color, let points):
            let path = points.enumerated().map { index, point in
                "\(index == 0 ? "M" : "L")\(Self.number(across(point.x))) \(Self.number(down(point.y)))"
            }
            return HTML("path", ["class": "nnp-line nnp-\(color)", "d": path.joined()])
        case .bars(let color, let bars):
            return HTML(
                "g", ["class": "nnp-bars nnp-\(color)"],
                bars.map { bar in
                    let (left, right) = (across(bar.from) + 0.5, across(bar.to) - 0.5)
                    let top = down(bar.height)
                    return HTML(
                        "rect",
                        [
                            "x": Self.number(left), "y": Self.number(top), "width": Self.number(max(right - left, 0.5)),
                            "height": Self.number(max(down(y.lowerBound) - top, 0)),
                        ], HTML("title", text: bar.text))
                })
        case .points(let color, let points):
            return HTML(
                "g", ["class": "nnp-points nnp-\(color)"],
                points.map { point in
                    HTML(
                        "circle",
                        ["cx": Self.number(across(point.x)), "cy": Self.number(down(point.y)), "r": "2.5"],
                        HTML("title", text: point.text))
                })
        }
    }

    /// A coordinate, which a tenth of a pixel is exact enough for.
    private static func number(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }
}

/// Numbers in words.
enum Wording {
    /// A fraction as a percentage: `93.2 %`; `—` where it is undefined.
    static func percent(_ fraction: Double?, decimals: Int = 1) -> String {
        guard let fraction, fraction.isFinite else { return "—" }
        return String(format: "%.\(decimals)f %%", fraction * 100)
    }

    /// A number with about three digits; `—` where it is undefined.
    static func number(_ value: Double?) -> String {
        guard let value, !value.isNaN else { return "—" }
        if value.isInfinite { return value > 0 ? "∞" : "−∞" }
        return String(format: abs(value) >= 1000 ? "%.0f" : "%.3g", value)
    }

    /// A number of images.
    static func images(_ count: Int) -> String { count == 1 ? "1 image" : "\(count) images" }
}
