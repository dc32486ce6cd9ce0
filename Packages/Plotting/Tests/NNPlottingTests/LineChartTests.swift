import NNDatasets
import NNLayers
import Testing
@testable import NNPlotting

@Suite struct LineChartTests {
    private let red = Color(0xFF0000)
    private let green = Color(0x00FF00)

    private func chart(_ series: [LineChart.Series], logarithmic: Bool = false) -> LineChart {
        LineChart(title: "Title", series: series, xLabel: "x", yLabel: "y", hasLogarithmicY: logarithmic)
    }

    /// The rows and columns of the pixels that have a colour, or almost, as the edges of a line.
    private func pixels(of color: Color, in image: Image) -> (rows: [Int], columns: [Int]) {
        var rows: [Int] = []
        var columns: [Int] = []
        func isClose(_ value: UInt8, _ expected: UInt8) -> Bool { abs(Int(value) - Int(expected)) < 80 }
        for row in 0..<image.height {
            for column in 0..<image.width
            where isClose(image[row, column, 0], color.red) && isClose(image[row, column, 1], color.green)
                && isClose(image[row, column, 2], color.blue)
            {
                rows.append(row)
                columns.append(column)
            }
        }
        return (rows, columns)
    }

    @Test func drawsLinesWhereTheirValuesLie() throws {
        let rising = (1...50).map { (x: Double($0), y: Double($0)) }
        let flat = (1...50).map { (x: Double($0), y: 25.5) }
        let image = chart([
            LineChart.Series("rising", points: rising, color: red),
            LineChart.Series("flat", points: flat, color: green),
        ]).image(width: 400, height: 300)
        #expect(image.size == Size(height: 300, width: 400))
        // Below the legend the upper end of the rising line lies right, the lower end left.
        let found = pixels(of: red, in: image)
        let curve = zip(found.rows, found.columns).filter { $0.0 > 58 }
        let top = try #require(curve.min { $0.0 < $1.0 })
        let bottom = try #require(curve.max { $0.0 < $1.0 })
        #expect(top.1 > 340 && bottom.1 < 90)
        // The flat line lies halfway between.
        let level = pixels(of: green, in: image).rows.filter { $0 > 58 }
        let middle = Double(top.0 + bottom.0) / 2
        #expect(level.count > 200 && level.allSatisfy { abs(Double($0) - middle) <= 2 })
    }

    @Test func logarithmicAxisPutsDecadesAtEqualDistances() throws {
        func level(_ value: Double) throws -> Double {
            let image = chart(
                [
                    LineChart.Series("line", points: [(0, value), (9, value)], color: red),
                    LineChart.Series("ends", points: [(0, 0.01), (9, 10)]),
                ], logarithmic: true
            ).image(width: 300, height: 300)
            let rows = pixels(of: red, in: image).rows.filter { $0 > 58 }
            try #require(!rows.isEmpty)
            return Double(rows.reduce(0, +)) / Double(rows.count)
        }
        let rows = try [0.1, 1].map(level)
        let ends = try [0.01, 10].map(level)
        #expect(abs((rows[0] - rows[1]) - (ends[0] - ends[1]) / 3) < 1.5)
    }

    /// As that of learning rates: values that are not positive have no place on it.
    @Test func logarithmicColumnsAreDecadesToo() throws {
        func chart(_ points: [(x: Double, y: Double)]) -> LineChart {
            LineChart(
                title: "Title", series: [LineChart.Series("line", points: points, color: red)], xLabel: "x",
                yLabel: "y", hasLogarithmicX: true)
        }
        let axes = chart([(1e-3, 0), (1e-1, 1), (0, 7), (-1, 7), (.nan, 7)]).axes(columns: 9, rows: 5)
        #expect(axes.x.isLogarithmic && !axes.y.isLogarithmic)
        #expect(axes.x.ticks.map(\.label) == ["0.001", "0.01", "0.1"] && axes.x.fineTicks.count == 16)
        #expect(axes.y.range.upperBound < 2)
        func column(_ value: Double) throws -> Double {
            let line = chart([(value, 0), (value, 1)])
            let ends = LineChart.Series("ends", points: [(0.001, 0), (10, 1)])
            var both = line
            both.series.append(ends)
            let found = pixels(of: red, in: both.image(width: 400, height: 300))
            let columns = zip(found.rows, found.columns).filter { $0.0 > 58 }.map(\.1)
            try #require(!columns.isEmpty)
            return Double(columns.reduce(0, +)) / Double(columns.count)
        }
        let columns = try [0.001, 0.01, 0.1, 10].map(column)
        #expect(abs((columns[1] - columns[0]) - (columns[3] - columns[0]) / 4) < 1.5)
        #expect(abs((columns[2] - columns[1]) - (columns[3] - columns[0]) / 4) < 1.5)
        #expect(chart([(1e-3, 0), (1e-1, 1)]).svg().contains(" data-log-x=\"\""))
        #expect(chart([]).svg().contains("no values yet"))
    }

    @Test(arguments: [(40, 30), (1, 1), (200, 20)])
    func drawsWhateverFitsIntoASmallPicture(_ width: Int, _ height: Int) {
        let image = chart([LineChart.Series("a", points: [(0, 0), (1, 1)])]).image(width: width, height: height)
        #expect(image.size == Size(height: height, width: width))
    }

    @Test(arguments: [false, true])
    func leavesOutWhatCannotBeShown(_ logarithmic: Bool) {
        let values = [
            .nan, .infinity, -.infinity, 0, -1, 1e300, -1e300, .leastNonzeroMagnitude, 2, .greatestFiniteMagnitude,
        ]
        let points = values.enumerated().map { (x: Double($0), y: $1) }
        for points in [points, points.map { ($0.y, $0.x) }, [(3, 0)], [(1, .nan)], []] {
            let image = chart([LineChart.Series("a", points: points)], logarithmic: logarithmic)
                .image(width: 200, height: 150)
            #expect(image.width == 200)
        }
    }

    @Test func fontHasEveryPrintableCharacter() {
        #expect(StrokeFont.paths.count == 95)
        for code in UInt8(ascii: "!")...UInt8(ascii: "~") {
            let glyph = StrokeFont.glyph(of: Character(Unicode.Scalar(code)))
            let points = glyph.lines.flatMap { $0 }
            #expect(!points.isEmpty)
            #expect(points.allSatisfy { (-0.5...6).contains($0.x) && (-1...8.01).contains($0.y) })
        }
        #expect(StrokeFont.glyph(of: "ü").lines == StrokeFont.glyph(of: "u").lines)
        #expect(StrokeFont.glyph(of: "—").lines == StrokeFont.glyph(of: "-").lines)
        for character: Character in ["猫", "\r\n", "\u{0}", "\u{7F}", "👩‍🚀", "ы", "\u{301}"] {
            #expect(StrokeFont.glyph(of: character).lines == StrokeFont.missing.lines)
        }
    }
}

struct DashesTests {
    @Test func piecesGoRoundCorners() {
        let line = [Point(x: 0, y: 0), Point(x: 5, y: 0), Point(x: 5, y: 5)]
        let dashes = line.dashes(length: 3, gap: 1)
        let expected = [
            [(0, 0), (3, 0)], [(4, 0), (5, 0), (5, 2)], [(5, 3), (5, 5)],
        ]
        #expect(dashes.map { $0.map { [$0.x, $0.y] } } == expected.map { $0.map { [Double($0.0), Double($0.1)] } })
        #expect([Point]().dashes(length: 3, gap: 1).isEmpty)
    }
}
