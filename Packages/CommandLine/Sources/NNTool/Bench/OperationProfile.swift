@_spi(Internal) import NNCore
import NNLayers

/// The time of a step by operation, as `nn bench --profile` measures it and `nn bench --compare` reads it.
struct OperationProfile: Codable, Equatable {
    /// What a file says that it is, so that others are refused.
    static let format = "nnkit operation profile 1"

    /// What was measured.
    struct Subject: Codable, Equatable {
        let configuration: String
        let mode: String
        let batch: Int
        let imageSize: [Int]
        let classes: Int
        let precision: String
        let parameters: Int
        let threads: Int
        let processor: String
    }

    /// The time of the steps.
    struct Steps: Codable, Equatable {
        /// How many were observed.
        let count: Int
        /// The mean of the faster half of them, of which the rows are, in milliseconds.
        let milliseconds: Double
        /// The part that no operation takes.
        let betweenOperations: Double
        /// The median of steps that nothing observes, in milliseconds.
        let unobserved: Double
    }

    /// Equal work by one implementation, in one step.
    struct Row: Codable, Equatable {
        let operation: String
        let phase: ObservedWork.Phase
        /// The class of shapes, such as `3x3 s2`; empty where the operation has none.
        let kind: String
        /// `8x56x56x64 to 128` of a convolution, or of the first two inputs; empty where several are added up.
        let shape: String
        let dataType: String
        /// nil for the library's own kernels.
        let backend: String?
        let kernel: String?
        let calls: Double
        let milliseconds: Double
        /// The part of the step, from 0 to 1.
        let share: Double
        /// By the direct method, whatever the implementation does; nil for no multiplications.
        let gigaflops: Double?
        /// Of each operand once; nil where nothing is known or moved.
        let gigabytesPerSecond: Double?
    }

    let format: String
    let subject: Subject
    let ceilings: MachineCeilings
    let steps: Steps
    /// Each shape apart, the longest time first.
    let rows: [Row]

    /// - Parameter observed: Time and records of each step; at least one.
    init(
        _ subject: Subject, ceilings: MachineCeilings, unobserved: StepTimes,
        observed: [(seconds: Double, records: [ProfileRecorder.Record])]
    ) {
        require(!observed.isEmpty, "OperationProfile: no step")
        // What interrupts a process only ever makes a step longer.
        let used = observed.sorted { $0.seconds < $1.seconds }.prefix((observed.count + 1) / 2)
        let count = Double(used.count)
        let total = used.reduce(0) { $0 + $1.seconds } / count
        let sums = RowSums(used.flatMap(\.records))
        format = Self.format
        self.subject = subject
        self.ceilings = ceilings
        rows = sums.rows(steps: count, total: total)
        steps = Steps(
            count: observed.count, milliseconds: total * 1e3,
            betweenOperations: total * 1e3 - rows.reduce(0) { $0 + $1.milliseconds }, unobserved: unobserved.median)
    }

    /// The rows with all shapes of a class added up.
    var rowsByKind: [Row] {
        RowSums(rows, steps: steps).rows(steps: 1, total: steps.milliseconds / 1e3)
    }
}

/// Sums of equal work.
private struct RowSums {
    private struct Key: Hashable {
        let operation: String
        let phase: ObservedWork.Phase
        let kind, shape, dataType: String
        let backend, kernel: String?
    }

    private struct Sum {
        var calls = 0.0
        var seconds = 0.0
        var operations = 0.0
        var bytes = 0.0

        mutating func add(calls: Double, seconds: Double, operations: Double, bytes: Double) {
            self.calls += calls
            self.seconds += seconds
            self.operations += operations
            self.bytes += bytes
        }
    }

    private var sums: [Key: Sum] = [:]

    init(_ records: [ProfileRecorder.Record]) {
        for record in records {
            let key = Key(
                operation: record.operation, phase: record.work.phase, kind: record.kind,
                shape: record.shape, dataType: record.work.inputs.first?.dataType.rawValue ?? "",
                backend: record.backend, kernel: record.kernel)
            sums[key, default: Sum()].add(
                calls: 1, seconds: record.seconds, operations: 2 * Double(record.multiplyAccumulates),
                bytes: Double(record.bytes))
        }
    }

    init(_ rows: [OperationProfile.Row], steps: OperationProfile.Steps) {
        for row in rows {
            let key = Key(
                operation: row.operation, phase: row.phase, kind: row.kind, shape: "", dataType: row.dataType,
                backend: row.backend, kernel: row.kernel)
            let seconds = row.milliseconds / 1e3
            sums[key, default: Sum()].add(
                calls: row.calls, seconds: seconds, operations: (row.gigaflops ?? 0) * 1e9 * seconds,
                bytes: (row.gigabytesPerSecond ?? 0) * 1e9 * seconds)
        }
    }

    func rows(steps: Double, total: Double) -> [OperationProfile.Row] {
        sums.map { key, sum in
            func rate(_ amount: Double) -> Double? {
                amount > 0 && sum.seconds > 0 ? amount / sum.seconds / 1e9 : nil
            }
            return OperationProfile.Row(
                operation: key.operation, phase: key.phase, kind: key.kind, shape: key.shape, dataType: key.dataType,
                backend: key.backend, kernel: key.kernel, calls: sum.calls / steps,
                milliseconds: sum.seconds / steps * 1e3, share: sum.seconds / steps / total,
                gigaflops: rate(sum.operations), gigabytesPerSecond: rate(sum.bytes))
        }.sorted { ($1.milliseconds, $0.title, $0.shape) < ($0.milliseconds, $1.title, $1.shape) }
    }
}
