import NNDatasets
import NNLayers
import Testing

@testable import NNPlotting

@Suite struct ChartRowTests {
    @Test(arguments: [(900, 300), (7, 5), (2, 1)])
    func chartsAreBesideEachOther(_ width: Int, _ height: Int) {
        let charts = ["a", "b"].map { name in
            LineChart(
                title: name, series: [LineChart.Series(name, points: [(0, 0), (1, 1)])], xLabel: "x", yLabel: "y")
        }
        let row = ChartRow(charts).image(width: width, height: height)
        #expect(row.size == Size(height: height, width: width))
        for (index, chart) in charts.enumerated() {
            let (left, right) = (width * index / 2, width * (index + 1) / 2)
            let alone = chart.image(width: right - left, height: height)
            for y in 0..<height {
                #expect((left..<right).allSatisfy { row[y, $0, 1] == alone[y, $0 - left, 1] })
            }
        }
        #expect(ChartRow([]).image(width: 3, height: 2).width == 3)
    }
}
