import NNLayers
import NNOptimizers

/// Errors of predicted numbers: the mean absolute error, the root of the mean squared error, and the coefficient of
/// determination, of each output and averaged over outputs. Unknown labels, NaN, do not count.
public struct RegressionErrors: Metric {
    /// The sums of an output.
    public struct Sums: Hashable, Sendable, Codable {
        /// The number of known labels.
        public private(set) var count = 0
        private var absolute = 0.0
        private var squared = 0.0
        /// The mean of the labels, and the sum of the squared differences from it (Welford 1962), which keeps the digits
        /// of labels that are large and close to each other.
        private var mean = 0.0
        private var spread = 0.0

        /// No labels yet.
        public init() {}

        mutating func add(_ prediction: Double, label: Double) {
            count += 1
            absolute += abs(prediction - label)
            squared += (prediction - label) * (prediction - label)
            let difference = label - mean
            mean += difference / Double(count)
            spread += difference * (label - mean)
        }

        /// Adds the sums of other labels; means and spreads by the formula of Chan, Golub and LeVeque (1979).
        mutating func merge(_ other: Sums) {
            if other.count == 0 { return }
            let all = count + other.count
            let difference = other.mean - mean
            let part = Double(other.count) / Double(all)
            mean += difference * part
            spread += other.spread + difference * difference * Double(count) * part
            count = all
            absolute += other.absolute
            squared += other.squared
        }

        /// The mean absolute error; nil without labels.
        public var mae: Double? { count == 0 ? nil : absolute / Double(count) }
        /// The root of the mean squared error; nil without labels.
        public var rmse: Double? { count == 0 ? nil : (squared / Double(count)).squareRoot() }
        /// 1 - the squared errors relative to those of predicting the mean of the labels: 1 is perfect, 0 as good as the
        /// mean. Nil where all labels are equal.
        public var r2: Double? { spread > 0 ? 1 - squared / spread : nil }
    }

    /// The names of the outputs.
    public let names: [String]
    /// The sums of each output.
    public private(set) var sums: [Sums]

    /// Errors of outputs with names.
    public init(names: [String]) {
        self.names = names
        sums = names.map { _ in Sums() }
    }

    public var labelKinds: Set<LabelKind> { [.values] }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        let count = names.count
        require(
            predictions.logits.shape == labels.shape && labels.dataType == .float32 && labels.shape[-1] == count,
            "RegressionErrors: labels \(labels.specification) and logits \(predictions.logits.shape) for \(count) outputs"
        )
        for (index, (value, label)) in zip(predictions.values.floats, labels.floats).enumerated() where !label.isNaN {
            sums[index % count].add(Double(value), label: Double(label))
        }
    }

    public mutating func reset() { self = RegressionErrors(names: names) }

    public mutating func merge(_ other: RegressionErrors) {
        for index in sums.indices { sums[index].merge(other.sums[index]) }
    }

    /// `mae`, `rmse` and `r2`, the means over the outputs for which they are defined, in the units of the labels.
    public var values: [MetricValue] {
        guard sums.contains(where: { $0.count > 0 }) else { return [] }
        func mean(_ name: String, _ mode: MetricMode, _ values: [Double?]) -> MetricValue {
            let known = values.compactMap { $0 }
            return MetricValue(name, known.isEmpty ? .nan : known.reduce(0, +) / Double(known.count), mode: mode)
        }
        return [
            mean("mae", .min, sums.map(\.mae)), mean("rmse", .min, sums.map(\.rmse)), mean("r2", .max, sums.map(\.r2)),
        ]
    }

    /// The errors of each output.
    public var table: ScoreTable? {
        guard !values.isEmpty else { return nil }
        var table = ScoreTable(
            "regression", subject: "output",
            columns: [
                .count("labels"), .number("mae", title: "MAE"), .number("rmse", title: "RMSE"),
                .number("r2", title: "R2"),
            ])
        for (name, sums) in zip(names, sums) { table.add(name, [Double(sums.count), sums.mae, sums.rmse, sums.r2]) }
        return table
    }
}
