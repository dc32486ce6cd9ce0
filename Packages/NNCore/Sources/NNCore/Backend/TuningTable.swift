import Foundation

/// Which backend was measured to be the fastest for convolutions of some shapes, on one machine.
@_spi(Kernels) public struct TuningTable: Codable, Equatable, Sendable {
    /// What times depend on: a table holds for nothing else.
    public struct Machine: Codable, Equatable, Sendable {
        /// The model of the processor; empty where the system does not tell.
        public var processor: String
        /// The number of threads.
        public var threads: Int
        /// Names and details of the backends, which state versions and instructions.
        public var backends: [String]

        /// This machine with some backends.
        public init(_ backends: [any Backend]) {
            processor = Self.processorModel
            threads = Engine.threadCount
            self.backends = backends.map { "\($0.name) \($0.details)" }
        }

        private static var processorModel: String {
            let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
            return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? ""
        }
    }

    /// A measurement.
    public struct Entry: Codable, Equatable, Sendable {
        /// What was measured.
        public var call: ConvolutionCall
        /// The name of the fastest form of a backend, see `Backend.forms`.
        public var fastest: String

        /// The fastest form for a call.
        public init(_ call: ConvolutionCall, fastest: String) {
            self.call = call
            self.fastest = fastest
        }
    }

    /// Where it was measured.
    public var machine: Machine
    /// Each call once.
    public var entries: [Entry]

    /// A table of measurements.
    public init(machine: Machine, entries: [Entry]) {
        self.machine = machine
        self.entries = entries
    }

    /// The file that `nn doctor --tune` writes and every program reads: the path in `NN_TUNING`, or `nnkit/tuning.json` in
    /// `XDG_CACHE_HOME` or `~/.cache`; nil where `NN_TUNING` is `off` or there is no home.
    public static func file(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> URL? {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let chosen = value("NN_TUNING") { return chosen == "off" ? nil : URL(filePath: chosen) }
        let cache = value("XDG_CACHE_HOME") ?? value("HOME").map { $0 + "/.cache" }
        return cache.map { URL(filePath: $0).appending(path: "nnkit/tuning.json") }
    }

    /// Reads a table.
    /// - Throws: ``EngineError`` with the path, the reason and the remedy.
    public init(contentsOf file: URL) throws(EngineError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
        } catch {
            throw EngineError(
                "The measurements in \(file.path) cannot be read and are not used; remove the file, or write it anew by "
                    + "'nn doctor --tune'.")
        }
    }

    /// Its file; keys in order, so that equal tables are equal files.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

/// Asks for each convolution that was measured the form of a backend that was fastest; the others are left to the next
/// backend.
@_spi(Kernels) public struct TunedBackend: Backend {
    /// `tuned`.
    public let name = "tuned"
    public let details: String
    private let choices: [ConvolutionCall: any Backend]

    /// - Parameters:
    ///   - table: The measurements, of these backends.
    ///   - backends: Those that have the forms; a form that none has is ignored.
    public init(_ table: TuningTable, _ backends: [any Backend]) {
        let forms = backends.flatMap(\.forms)
        var opened: [String: any Backend] = [:]
        for name in Set(table.entries.map(\.fastest)) { opened[name] = forms.first { $0.name == name }?.open() }
        choices = table.entries.reduce(into: [:]) { choices, entry in choices[entry.call] = opened[entry.fastest] }
        details = "\(choices.count) convolutions measured by 'nn doctor --tune'"
    }

    public func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        let call = ConvolutionCall.output(
            of: input.specification, weight: weight.shape, geometry: geometry, isTrained: epilogue.weightIsTrained)
        return choices[call]?.convolution(input, weight: weight, geometry: geometry, epilogue: epilogue)
    }

    public func preparedConvolution(
        of input: TensorSpecification, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        addsResidual: Bool
    ) -> (any PreparedConvolution)? {
        let call = ConvolutionCall.output(of: input, weight: weight.shape, geometry: geometry, isTrained: false)
        return choices[call]?.preparedConvolution(
            of: input, weight: weight, geometry: geometry, epilogue: epilogue, addsResidual: addsResidual)
    }

    public func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? {
        let call = ConvolutionCall.inputGradient(
            outputGradient, weight: weight.shape, geometry: geometry, inputShape: inputShape)
        return choices[call]?.convolutionInputGradient(
            outputGradient, weight: weight, geometry: geometry, inputShape: inputShape)
    }

    public func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? {
        let call = ConvolutionCall.weightGradient(input: input, geometry: geometry, weightShape: weightShape)
        return choices[call]?.convolutionWeightGradient(
            outputGradient, input: input, geometry: geometry, weightShape: weightShape)
    }
}
