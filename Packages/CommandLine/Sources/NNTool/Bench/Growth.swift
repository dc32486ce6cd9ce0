import ArgumentParser
import Foundation
import NNDatasets
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
import NNPlotting

/// Time and memory of a step against one variable.
struct Growth {
    /// What grows.
    enum Variable: String, CaseIterable, ExpressibleByArgument {
        case batch, area, depth, threads
    }

    /// Whole numbers above 0, as `1,2,4`.
    struct Values: ExpressibleByArgument {
        let list: [Int]

        init?(argument: String) {
            let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            let numbers = parts.compactMap { $0 }
            guard numbers.count == parts.count, numbers.allSatisfy({ $0 > 0 && $0 <= 1_000_000 }) else { return nil }
            list = numbers
        }
    }

    /// What the configuration has.
    struct Start {
        let imageSize: Size
        /// The name of the backbone.
        let backbone: String
    }

    /// What a value changes.
    struct Point {
        var batch: Int?
        var imageSize: Size?
        var threads: Int?
        /// Of the configuration, as `--set` takes them.
        var changes: [String] = []
    }

    let variable: Variable
    let name: String
    let mode: BenchCommand.Mode
    private var points: [(value: Int, report: BenchReport)] = []

    init(variable: Variable, name: String, mode: BenchCommand.Mode) {
        self.variable = variable
        self.name = name
        self.mode = mode
    }

    mutating func add(_ value: Int, _ report: BenchReport) { points.append((value, report)) }

    /// The table as CSV with a header: the value, milliseconds of a step and MiB. The peak of the process is that of all
    /// lines so far, so that values ascend.
    var lines: [String] {
        let columns = [
            "value", "batch", "height", "width", "threads", "median_ms", "minimum_ms", "maximum_ms",
            "ms_per_image", "tensor_mib", "process_mib",
        ]
        let rows = points.map { value, report in
            let times = report.milliseconds
            return [
                "\(value)", "\(report.batch)", "\(report.imageSize[0])", "\(report.imageSize[1])", "\(report.threads)",
                times.median.fixed(4), times.minimum.fixed(4), times.maximum.fixed(4),
                (times.median / Double(report.batch)).fixed(4), (Double(report.peakTensorBytes) / 1_048_576).fixed(1),
                report.peakProcessMib.map { $0.fixed(1) } ?? "",
            ]
        }
        return CSV.text(columns: columns, rows: rows).split(separator: "\n").map(String.init)
    }

    /// Milliseconds of a step, and MiB of tensors, over the value.
    var chart: Image {
        func series(_ name: String, _ value: (BenchReport) -> Double) -> LineChart.Series {
            LineChart.Series(name, points: points.map { (x: Double($0.value), y: value($0.report)) })
        }
        return LineChart(
            title: "\(name), \(mode.rawValue)",
            series: [
                series("milliseconds a step", \.milliseconds.median),
                series("MiB of tensors") { Double($0.peakTensorBytes) / 1_048_576 },
            ], xLabel: variable.label, yLabel: "milliseconds, MiB", hasLogarithmicY: true
        ).image(width: 900, height: 600)
    }
}

extension Growth.Variable {
    fileprivate var label: String {
        switch self {
        case .batch: "images in a batch"
        case .area: "percent of the side of images"
        case .depth: "depth of the backbone"
        case .threads: "threads"
        }
    }

    /// The values that are measured unless others are asked for, in ascending order.
    /// - Throws: ``CommandFailure`` for a depth whose values are not known.
    func values(from start: Growth.Start) throws -> [Int] {
        switch self {
        case .batch: return [1, 2, 4, 8, 16, 32, 64]
        case .area: return [50, 100, 150, 200]
        case .threads: return (1...max(ThreadCount.availableCores, 1)).filter { $0 & ($0 - 1) == 0 || $0 < 9 }
        case .depth:
            let known = [
                "resnet_cifar": [8, 20, 32, 44, 56, 110], "resnet": [18, 34, 50, 101], "vgg": [11, 13, 16, 19],
                "vovnet": [27, 39, 57, 99], "densenet": [121, 169, 201],
            ]
            guard let values = known[start.backbone] else {
                throw CommandFailure(
                    message: "the depths of the backbone '\(start.backbone)' are not known; name them by --values")
            }
            return values
        }
    }

    /// What a value changes; sides of images stay multiples of 32 where they were.
    /// - Throws: ``CommandFailure`` for more threads than are possible.
    func point(_ value: Int, from start: Growth.Start) throws -> Growth.Point {
        switch self {
        case .batch: return Growth.Point(batch: value)
        case .depth: return Growth.Point(changes: ["model.backbone.depth=\(value)"])
        case .threads:
            guard value <= 1024 else { throw CommandFailure(message: "\(value) threads; 1 to 1024 are possible") }
            return Growth.Point(threads: value)
        case .area:
            func scaled(_ side: Int) -> Int {
                let unit = side % 32 == 0 ? 32 : 1
                return max(unit, side * value / 100 / unit * unit)
            }
            let size = Size(height: scaled(start.imageSize.height), width: scaled(start.imageSize.width))
            return Growth.Point(imageSize: size)
        }
    }
}
