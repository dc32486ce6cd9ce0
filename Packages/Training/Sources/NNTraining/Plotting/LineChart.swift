import NNDatasets

/// Lines through points in a frame with axes, as a picture.
///
/// ```swift
/// let chart = LineChart(
///     title: "Loss", series: [LineChart.Series("train", points: [(1, 2.3), (2, 1.7)])],
///     xLabel: "epoch", yLabel: "loss")
/// try chart.image(width: 960, height: 600).writePNG(to: url)
/// ```
public struct LineChart: Sendable {
    /// A line with its name in the legend.
    public struct Series: Sendable {
        public var name: String
        /// From left to right. Points that are not finite, or beyond 1e100, are left out.
        public var points: [(x: Double, y: Double)]
        /// A colour of ``Color/palette`` by default.
        public var color: Color?
        /// Whether the line has gaps, and its points no dots.
        public var isDashed: Bool

        public init(
            _ name: String, points: [(x: Double, y: Double)], color: Color? = nil, isDashed: Bool = false
        ) {
            self.name = name
            self.points = points
            self.color = color
            self.isDashed = isDashed
        }
    }

    public var title: String
    public var series: [Series]
    public var xLabel: String
    public var yLabel: String
    /// Whether the vertical axis is logarithmic; points that are not positive are left out then.
    public var hasLogarithmicY: Bool

    public init(title: String, series: [Series], xLabel: String, yLabel: String, hasLogarithmicY: Bool = false) {
        self.title = title
        self.series = series
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.hasLogarithmicY = hasLogarithmicY
    }

    /// Draws the chart.
    /// - Parameter scale: The size of text and lines; 2 for a picture that is shown at half its size.
    public func image(width: Int, height: Int, scale: Double = 1) -> Image {
        var drawing = LineChartDrawing(chart: self, width: width, height: height, scale: scale)
        return drawing.draw()
    }
}
