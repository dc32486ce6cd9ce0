import ArgumentParser
import Foundation
@_spi(Kernels) import NNCore
import NNLayers
@_spi(Testing) import NNTesting
@_spi(Internal) import NNTraining

struct DoctorCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Shows and tests the backends and libraries of this machine.",
        discussion: """
            With --tune it measures the convolutions of a network, of a step of training and of one image, by every \
            backend that can calculate them, and writes which was fastest to a file that every program on this machine \
            reads: NN_TUNING, or nnkit/tuning.json in XDG_CACHE_HOME or ~/.cache. Let nothing else run meanwhile. \
            Several configurations add up. Results may differ by roundings from those without the file; NN_TUNING=off \
            leaves it unread, and it does not count for other processors, numbers of threads and versions.
            """)

    @Flag(help: "Print JSON.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Measure the convolutions of a network, and use the fastest from now on.", valueName: "config"))
    var tune: String?

    @OptionGroup var options: ConfigOptions
    @OptionGroup var network: NetworkOptions

    func validate() throws {
        if json, tune != nil { throw ValidationError("--tune has no JSON; its file is some") }
        let isOfNetwork =
            !options.changes.isEmpty || options.seed != nil || network.size != nil || network.classes != nil
        if tune == nil, isOfNetwork { throw ValidationError("--set, --seed, --size and --classes are for --tune") }
    }

    func run(_ tool: Tool) throws {
        if let tune { return try measure(tune, tool) }
        let report = DoctorReport(try tool.configureEngine())
        if json { try tool.console.print(json: report) } else { tool.console.print(text(report)) }
        guard report.passes else { throw CommandFailure(message: "a backend gives wrong results on this machine") }
    }

    private func measure(_ path: String, _ tool: Tool) throws {
        guard let file = TuningTable.file() else {
            throw CommandFailure(
                message: "there is no file for the measurements: unset NN_TUNING=off, or set NN_TUNING to a path")
        }
        var config = try options.load(path, registry: tool.registry)
        let selection = try tool.configureEngine()
        selection.printNotices()
        let backends = selection.backends
        try Engine.configure(backends: backends)
        let resolved = try network.resolved(config, registry: tool.registry)
        config.model = resolved.model
        let workloads = try [(BenchCommand.Mode.train, config.data.batchSize), (.infer, 1)].map { mode, batch in
            let workload = try BenchWorkload(
                config, for: mode, registry: tool.registry, classCount: resolved.classCount,
                classNames: resolved.classNames, imageSize: resolved.imageSize, batch: batch,
                precision: config.precision)
            return workload.step(mode)
        }
        let tuning = try Tuning(workloads, backends) { done, count in
            tool.console.show(ProgressLine(title: "convolutions", done: done, total: count))
        }
        let known = try? TuningTable(contentsOf: file)
        let table = tuning.table(for: TuningTable.Machine(backends), besides: known)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try AtomicFile.write(table.encoded(), to: file)
        tool.console.clearStatus()
        tool.console.print(tuning.text)
        tool.console.print("\(table.entries.count) choices in \(file.path)")
    }

    private func text(_ report: DoctorReport) -> String {
        var lines = [
            "nn          \(report.version)",
            "processor   \(report.processor.model), \(report.processor.cores) cores",
            "features    \(report.processor.features.joined(separator: " "))",
            "threads     \(report.threads)",
            "memory      \(report.memory.available.byteText) of \(report.memory.total.byteText) free"
                + (report.memory.usable < report.memory.total
                    ? ", of which this process may use \(report.memory.usable.byteText)" : ""),
            "",
            "Backends, in the order in which they are tried"
                + (report.order == "NN_BACKENDS" ? ", chosen by NN_BACKENDS" : ""),
        ]
        for (index, backend) in report.backends.enumerated() {
            let state = backend.problem.map { "missing: \($0)" } ?? backend.details
            lines.append("  \(backend.problem == nil ? "\(index + 1)." : "- ") \(backend.name): \(state)")
            lines += backend.notes.map { "      \($0)" }
        }
        if !report.unused.isEmpty { lines.append("  not used: \(report.unused.joined(separator: ", "))") }
        lines += ["", "Libraries"]
        lines += report.libraries.map { "  \($0.name) \($0.version)\n      \($0.path)" }
        lines += ["", "Self test: a convolution by each backend compared with a plain loop"]
        for test in report.selfTests {
            let result =
                test.error.map { "\(test.passes ? "ok" : "WRONG"), largest difference \($0)" }
                ?? "left to the next backend"
            lines.append("  \(test.backend) \(test.precision): \(result)")
        }
        lines += ["", "Differential test: random calculations by each backend compared with plain loops"]
        for test in report.differentialTests {
            lines.append(
                "  \(test.backend): \(test.agreeing) ok, \(test.declined) left to the next backend"
                    + (test.passes ? "" : ", \(test.failures.count) WRONG"))
            lines += test.failures.map { "      \($0)" }
        }
        if !report.warnings.isEmpty { lines += [""] + report.warnings.map { "warning: \($0)" } }
        return lines.joined(separator: "\n")
    }
}

/// The result of `nn doctor`.
struct DoctorReport: Encodable {
    struct BackendState: Encodable {
        let name: String
        let details: String
        let notes: [String]
        /// Why it cannot be used; nil if it can.
        let problem: String?
    }

    let version = NN.version
    let processor = Processor()
    let memory = SystemMemory()
    let threads: Int
    /// In the order in which they are tried, then those that are missing.
    let backends: [BackendState]
    /// What the order follows from: `NN_BACKENDS` or `preference`.
    let order: String
    /// The backends that `NN_BACKENDS` leaves out.
    let unused: [String]
    let libraries: [LoadedLibrary]
    let selfTests: [ConvolutionSelfTest]
    let differentialTests: [DifferentialSelfTest]
    /// What slows calculations down.
    let warnings: [String]

    /// Examines the machine and tests the selected backends.
    init(_ selection: BackendSelection) {
        threads = Engine.threadCount
        order = selection.isChosen ? "NN_BACKENDS" : "preference"
        unused = selection.unused
        // The tests come first, since they open libraries that are opened on demand.
        let backends = Engine.backends
        selfTests = backends.flatMap { backend in
            Precision.allCases.map { ConvolutionSelfTest(backend, precision: $0) }
        }
        differentialTests = backends.map { DifferentialSelfTest($0) }
        self.backends =
            backends.map { BackendState(name: $0.name, details: $0.details, notes: $0.notes, problem: nil) }
            + selection.missing.map { BackendState(name: $0.name, details: "", notes: [], problem: $0.reason) }
        libraries = LoadedLibrary.all()
        warnings = Self.warnings(threads: threads, processor: processor)
    }

    var passes: Bool { selfTests.allSatisfy(\.passes) && differentialTests.allSatisfy(\.passes) }

    private static func warnings(threads: Int, processor: Processor) -> [String] {
        var warnings: [String] = []
        if threads > processor.cores {
            warnings.append(
                "NN_NUM_THREADS is \(threads), but there are \(processor.cores) processor cores; more threads than "
                    + "cores wait for each other")
        }
        return warnings
    }
}

/// A convolution by a backend, compared with a plain loop.
struct ConvolutionSelfTest: Encodable {
    let backend: String
    let precision: String
    /// The largest difference from the exact values, relative to the largest value; nil if the backend declines the
    /// convolution.
    let error: Float?

    /// They allow for rounding and sums in another order; wrong results differ by their own magnitude.
    static let tolerances: [Precision: Float] = [.float32: 1e-5, .bfloat16: 0.02]

    var passes: Bool { error.map { $0 <= Self.tolerances[Precision(rawValue: precision)!]! } ?? true }

    /// Tests a backend in one precision.
    init(_ backend: any Backend, precision: Precision) {
        self.backend = backend.name
        self.precision = precision.rawValue
        // Odd sizes and a stride, so that every edge is treated differently.
        let input = Self.pattern([2, 9, 11, 16], seed: 1, dataType: precision.dataType)
        let weight = Self.pattern([24, 16, 3, 3], seed: 2, dataType: .float32)
        let geometry = ConvolutionGeometry(strides: 2, padding: 1)
        let result = backend.convolution(
            input, weight: weight, geometry: geometry, epilogue: ConvolutionEpilogue(activation: .relu))
        error = result.map { Self.difference($0.floats, Self.reference(input, weight, geometry)) }
    }

    /// Numbers from -1 to 1 that bfloat16 represents exactly.
    private static func pattern(_ shape: Shape, seed: Int, dataType: DataType) -> Tensor {
        let values = (0..<shape.elementCount).map { Float(($0 * 37 + seed * 11) % 65 - 32) / 32 }
        return dataType == .float32 ? Tensor(values, shape: shape) : Tensor(values.map { BFloat16($0) }, shape: shape)
    }

    private static func difference(_ values: [Float], _ exact: [Float]) -> Float {
        guard values.count == exact.count else { return .infinity }
        return zip(values, exact).map { abs($0 - $1) }.max()! / exact.map(abs).max()!
    }

    /// relu(input ⋆ weight), by a plain loop.
    private static func reference(_ input: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry) -> [Float] {
        let (x, w) = (input.floats, weight.floats)
        let (height, width, channels) = (input.shape[1], input.shape[2], input.shape[3])
        let kernel = Size(height: weight.shape[2], width: weight.shape[3])
        let size = geometry.outputSize(input: Size(height: height, width: width), kernel: kernel)

        func output(_ image: Int, _ row: Int, _ column: Int, _ filter: Int) -> Float {
            var sum: Float = 0
            for tap in 0..<kernel.area {
                let y = row * geometry.strides.height + tap / kernel.width - geometry.padding.top
                let z = column * geometry.strides.width + tap % kernel.width - geometry.padding.left
                guard (0..<height).contains(y), (0..<width).contains(z) else { continue }
                for channel in 0..<channels {
                    sum +=
                        x[((image * height + y) * width + z) * channels + channel]
                        * w[(filter * channels + channel) * kernel.area + tap]
                }
            }
            return max(sum, 0)
        }

        var result: [Float] = []
        for image in 0..<input.shape[0] {
            for row in 0..<size.height {
                for column in 0..<size.width {
                    result += (0..<weight.shape[0]).map { output(image, row, column, $0) }
                }
            }
        }
        return result
    }
}

/// Random convolutions, gradients and products by a backend, compared with plain loops.
struct DifferentialSelfTest: Encodable {
    let backend: String
    var agreeing = 0
    /// The calculations that were left to the next backend.
    var declined = 0
    /// The wrong results, each with all that is needed to reproduce it.
    var failures: [String] = []

    var passes: Bool { failures.isEmpty }

    /// Tests a backend in about a second, with the same calculations on every machine.
    init(_ backend: any Backend, count: Int = 100) {
        self.backend = backend.name
        for index in 0..<count {
            switch RandomCalculation(seed: 1, index: index, largest: 300_000).check(backend) {
            case .agrees: agreeing += 1
            case .declined: declined += 1
            case .wrong(let text): failures.append(text)
            }
        }
    }
}
