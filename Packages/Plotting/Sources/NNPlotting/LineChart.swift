import NNDatasets

/// A line chart with axes and a legend.
///
/// ```swift
/// let chart = LineChart(
///     title: "Loss", series: [LineChart.Series("train", points: [(1, 2.3), (2, 1.7)])],
///     xLabel: "epoch", yLabel: "loss")
/// try chart.image(width: 960, height: 600).writePNG(to: url)
/// ```
public struct LineChart: Sendable {
    /// A line of the chart.
    public struct Series: Sendable {
        /// The name in the legend.
        public var name: String
        /// The points from left to right. Those that are not finite, or beyond 1e100, are left out.
        public var points: [(x: Double, y: Double)]
        /// The colour of the line; nil for the next one of `Color.palette`.
        public var color: Color?
        /// Whether the line is dashed, without markers at its points.
        public var isDashed: Bool

        /// A solid line in the next colour of the palette by default.
        public init(
            _ name: String, points: [(x: Double, y: Double)], color: Color? = nil, isDashed: Bool = false
        ) {
            self.name = name
            self.points = points
            self.color = color
            self.isDashed = isDashed
        }
    }

    /// The title above the chart.
    public var title: String
    /// The lines, in the order of the legend.
    public var series: [Series]
    /// The label of the horizontal axis.
    public var xLabel: String
    /// The label of the vertical axis.
    public var yLabel: String
    /// Whether the vertical axis is logarithmic, which leaves out points that are not positive.
    public var hasLogarithmicY: Bool
    /// Whether the horizontal axis is logarithmic, which leaves out points that are not positive.
    public var hasLogarithmicX: Bool

    /// A chart with linear axes by default.
    public init(
        title: String, series: [Series], xLabel: String, yLabel: String, hasLogarithmicY: Bool = false,
        hasLogarithmicX: Bool = false
    ) {
        self.title = title
        self.series = series
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.hasLogarithmicY = hasLogarithmicY
        self.hasLogarithmicX = hasLogarithmicX
    }

    /// Draws the chart.
    /// - Parameters:
    ///   - width: The width of the image in pixels.
    ///   - height: The height of the image in pixels.
    ///   - scale: The size of text and lines; use 2 for an image that is displayed at half its size.
    public func image(width: Int, height: Int, scale: Double = 1) -> Image {
        var drawing = LineChartDrawing(chart: self, width: width, height: height, scale: scale)
        return drawing.draw()
    }
}
