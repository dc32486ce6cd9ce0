import NNDatasets
import NNLayers

/// Line charts beside each other in one image, as figures of papers have them.
///
/// ```swift
/// try ChartRow([loss, error]).image(width: 1440, height: 540).writePNG(to: url)
/// ```
public struct ChartRow: Sendable {
    /// The charts from left to right.
    public var charts: [LineChart]

    /// Charts from left to right.
    public init(_ charts: [LineChart]) { self.charts = charts }

    /// Draws the charts, each in an equal part of the width.
    /// - Parameters:
    ///   - width: The width of the image in pixels, at least one for each chart.
    ///   - height: The height of the image in pixels.
    ///   - scale: The size of text and lines; use 2 for an image that is displayed at half its size.
    public func image(width: Int, height: Int, scale: Double = 1) -> Image {
        require(width >= charts.count, "ChartRow: \(charts.count) charts in \(width) pixels")
        var canvas = Canvas(width: width, height: height)
        for (index, chart) in charts.enumerated() {
            let (left, right) = (width * index / charts.count, width * (index + 1) / charts.count)
            canvas.draw(chart.image(width: right - left, height: height, scale: scale), left: left, top: 0)
        }
        return canvas.image
    }
}
