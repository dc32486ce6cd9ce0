import Foundation
import NNDatasets
import Testing
@_spi(Internal) @testable import NNPlotting

@Suite struct LineChartSVGTests {
    private func chart(_ series: [LineChart.Series], logarithmic: Bool = false) -> LineChart {
        LineChart(title: "Title", series: series, xLabel: "epoch", yLabel: "y", hasLogarithmicY: logarithmic)
    }

    /// The places of the points of a line, in the coordinates of the drawing.
    private func places(of svg: String) -> [[Double]] {
        guard let list = svg.firstMatch(of: /<polyline points="([^"]*)"/)?.1 else { return [] }
        return list.split(separator: " ").map { $0.split(separator: ",").compactMap { Double($0) } }
    }

    @Test func pointsLieWhereTheirValuesDo() throws {
        let svg = chart([LineChart.Series("a", points: [(1, 10), (2, 20), (3, 15)])]).svg(width: 400, height: 300)
        let places = places(of: svg)
        try #require(places.count == 3 && places.allSatisfy { $0.count == 2 })
        // Equal distances, and the third halfway up; y counts downwards.
        #expect(abs(places[2][0] - 2 * places[1][0] + places[0][0]) < 0.05)
        #expect(abs(places[2][1] - (places[0][1] + places[1][1]) / 2) < 0.02 && places[1][1] < places[0][1])
        #expect(svg.contains("data-points=\"1,10 2,20 3,15\""))
        #expect(svg.contains("<title>a: 20 (epoch 2)</title>"))
    }

    @Test func logarithmicAxisPutsDecadesAtEqualDistances() throws {
        let svg = chart([LineChart.Series("a", points: [(1, 0.01), (2, 0.1), (3, 1)])], logarithmic: true).svg()
        let rows = places(of: svg).map { $0[1] }
        try #require(rows.count == 3)
        #expect(abs((rows[0] - rows[1]) - (rows[1] - rows[2])) < 0.02)
        #expect(svg.contains(" data-log=\"\""))
    }

    @Test func namesAreEscaped() throws {
        let name = "<script>alert(\"'&\u{1}')</script> 猫"
        var chart = chart([LineChart.Series(name, points: [(1, 1)])])
        chart.title = name
        chart.xLabel = name
        chart.yLabel = name
        let svg = chart.svg(width: 900)
        #expect(!svg.contains("<script") && svg.contains("&lt;script&gt;") && svg.contains("猫"))
        #expect(!svg.unicodeScalars.contains("\u{1}"))
        // Every tag that is opened is closed, so that no name has broken one.
        #expect(svg.count { $0 == "<" } == svg.count { $0 == ">" })
        let opened = svg.matches(of: /<([a-z]+)[^>]*[^\/]>/).count
        #expect(opened == svg.matches(of: /<\/[a-z]+>/).count)
    }

    @Test(arguments: [false, true])
    func drawsWhateverCannotBeShown(_ logarithmic: Bool) {
        let values = [.nan, .infinity, -.infinity, 0, -1, 1e300, .leastNonzeroMagnitude, 2, 1e99]
        let points = values.enumerated().map { (x: Double($0), y: $1) }
        for points in [points, points.map { ($0.y, $0.x) }, [(1, .nan)], []] {
            let svg = chart([LineChart.Series("a", points: points)], logarithmic: logarithmic).svg(width: 1, height: 1)
            #expect(!svg.contains("nan") && svg.hasSuffix("</svg>"))
        }
        #expect(chart([]).svg().contains("no values yet"))
    }

    @Test func longSeriesKeepTheirEndsAndPeaks() {
        var points = (0..<10_000).map { Point(x: Double($0), y: Double($0 % 2) / 10) }
        points[4321].y = 9
        let thinned = points.thinned(to: 400)
        #expect(thinned.count == 400)
        #expect(thinned.first == points.first && thinned.last == points.last && thinned.contains(points[4321]))
        #expect(zip(thinned, thinned.dropFirst()).allSatisfy { $0.x < $1.x })
        for (count, limit) in [(5, 3), (4, 3), (401, 400), (1000, 999)] {
            #expect(points.prefix(count).map { $0 }.thinned(to: limit).count == limit)
        }
        #expect(points.prefix(3).map { $0 }.thinned(to: 3) == points.prefix(3).map { $0 })
    }

    @Test func linesContrastWithThePage() {
        for (light, dark) in LineChart.lineColors {
            #expect(light.contrast(with: Color(0xFFFFFF)) >= 3)
            #expect(dark.contrast(with: Color(0x15181C)) >= 3)
        }
        #expect(LineChart.lineColors.count == Color.palette.count)
        #expect(abs(Color(0xFFFFFF).contrast(with: Color(0)) - 21) < 1e-9)
        #expect(LineChart.svgStyle.contains("--line-1:#0072B2"))
    }

    @Test func colorsOfThePaletteFollowThePage() {
        let svg = chart([
            LineChart.Series("a", points: [(1, 1), (2, 2)], color: Color.palette[2], isDashed: true),
            LineChart.Series("b", points: [(1, 1), (2, 2)], color: Color(0x123456)),
            LineChart.Series("c", points: [(1, 1), (2, 2)]),
        ]).svg()
        #expect(svg.contains("stroke:var(--line-3,#008560)") && svg.contains("stroke-dasharray"))
        #expect(svg.contains("stroke:#123456") && !svg.contains("--line-1") && !svg.contains("--line-2,"))
    }
}

extension Color {
    /// The ratio of luminances of two colours (WCAG 2.2, "contrast ratio").
    fileprivate func contrast(with other: Color) -> Double {
        let (a, b) = (luminance, other.luminance)
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    private var luminance: Double {
        func linear(_ value: UInt8) -> Double {
            let value = Double(value) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}
