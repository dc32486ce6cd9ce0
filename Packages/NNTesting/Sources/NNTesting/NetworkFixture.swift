import Foundation
import NNLayers

/// The outputs of a module in PyTorch, to compare a Swift module with.
///
/// `Tests/Fixtures/network_fixture.py` writes the file. It holds the outputs in inference and, optionally, those in
/// training with gradients and updated statistics. Both modules have the values of `fillWithHashedValues()`, so that the
/// file needs no weights.
@_spi(Testing) public struct NetworkFixture: Sendable {
    /// The norm of a tensor, and its dot product with noise that follows from its name.
    private typealias Print = [Double]

    private struct Case: Decodable {
        let inputs: [[Int]]
        let gradients: [String: Print]
        let statistics: [String: Print]
    }

    private let name: String
    private let content: Case
    private let file: SafetensorsFile

    /// Reads a case.
    /// - Parameters:
    ///   - name: The name of the case.
    ///   - url: The safetensors file.
    /// - Throws: `TensorFileError` for an unreadable file, ``CheckFailure`` if there is no such case.
    public init(_ name: String, in url: URL) throws {
        file = try SafetensorsFile(url)
        let text = file.metadata["cases"] ?? "{}"
        guard let content = try JSONDecoder().decode([String: Case].self, from: Data(text.utf8))[name] else {
            throw CheckFailure(subject: url.lastPathComponent, findings: ["there is no case '\(name)'"])
        }
        self.name = name
        self.content = content
    }

    /// Fills a module with hashed values, runs it on the inputs of the case, and compares outputs, gradients and
    /// statistics.
    ///
    /// - Parameters:
    ///   - module: The module.
    ///   - tolerance: The tolerance as a fraction of the norm of each tensor.
    ///   - run: Runs the module, and returns its outputs in the order of the case.
    /// - Throws: ``CheckFailure`` with all differences.
    public func check(
        _ module: any Module, tolerance: Double = 1e-4, run: ([Tensor], Context) -> [Tensor]
    ) throws {
        // Gradients that are nearly 0 as sums are off by a thousandth with large tiles, and by what PyTorch's are with
        // small ones.
        let tiles = Engine.winograd == .off ? WinogradTiles.off : .accurate
        try Engine.$winograd.withValue(tiles) { try compare(module, tolerance, run) }
    }

    private func compare(
        _ module: any Module, _ tolerance: Double, _ run: ([Tensor], Context) -> [Tensor]
    ) throws {
        let backends = Engine.backends.map(\.name).joined(separator: ", ")
        var findings = Findings("\(module.typeName), case '\(name)', on \(backends)")
        module.fillWithHashedValues()
        let inputs = content.inputs.enumerated().map { unitNoise("input.\($0)", Shape($1)).requiringGradient() }
        let results = withoutGradients { run(inputs, .inference()) }
        try compare(results, as: "inference", tolerance, &findings)
        guard file.contains("\(name).training.0") else { return try findings.check() }
        let outputs = run(inputs, Context(training: true, random: RandomKey(seed: 0)))
        try compare(outputs, as: "training", tolerance, &findings)
        let gradients = gradients(of: outputs)

        var prints: [String: Print] = [:]
        let tree = ModuleTree(module)
        let variables =
            inputs.enumerated().map { ("input.\($0)", gradients[$1]) }
            + tree.parameters.map { ($0.name, $0.parameter.gradient(in: gradients)) }
        for case (let name, let gradient?) in variables { prints[name] = print(of: gradient, name) }
        compare(prints, content.gradients, "the gradient of", tolerance, &findings)
        let statistics = tree.buffers.filter { $0.buffer.wrappedValue.dataType.isFloatingPoint }
            .map { ($0.name, print(of: $0.buffer.wrappedValue, $0.name)) }
        compare(
            Dictionary(uniqueKeysWithValues: statistics), content.statistics, "the updated", tolerance, &findings)
        try findings.check()
    }

    private func gradients(of outputs: [Tensor]) -> Gradients {
        let parts = outputs.enumerated().filter { $1.dataType.isFloatingPoint }
            .map { ($1 * unitNoise("output_gradient.\($0)", $1.shape)).sum() }
        return parts.dropFirst().reduce(parts[0], +).backward()
    }

    private func compare(
        _ results: [Tensor], as mode: String, _ tolerance: Double, _ findings: inout Findings
    ) throws {
        for (index, result) in results.enumerated() {
            let subject = "output \(index) in \(mode)"
            let expected = try file.tensor(named: "\(name).\(mode).\(index)")
            guard result.shape == expected.shape else {
                findings.add("\(subject) has the shape \(result.shape), expected \(expected.shape)")
                continue
            }
            let difference = zip(result.floats, expected.floats).map { $0 - $1 }
            let error = rootMeanSquare(difference) / Swift.max(rootMeanSquare(expected.floats), 1e-30)
            let limit = result.dataType.isFloatingPoint ? tolerance : 0
            findings.expect(error <= limit, "\(subject) is off by \(short(error)) of its norm")
        }
        findings.expect(
            !file.contains("\(name).\(mode).\(results.count)"), "only \(results.count) outputs in \(mode)")
    }

    private func compare(
        _ found: [String: Print], _ expected: [String: Print], _ kind: String, _ tolerance: Double,
        _ findings: inout Findings
    ) {
        // The gradient of a bias before a batch norm is zero except for rounding errors of larger ones.
        let floor = 0.01 * (expected.values.map { $0[0] }.max() ?? 0)
        for name in Set(found.keys).union(expected.keys).sorted() {
            guard let actual = found[name], let wanted = expected[name] else {
                findings.add("\(kind) \(name) is \(found[name] == nil ? "missing" : "unexpected")")
                continue
            }
            let scale = Swift.max(wanted[0], floor)
            let error = zip(actual, wanted).map { abs($0 - $1) / scale }.max() ?? 0
            findings.expect(error <= tolerance, "\(kind) \(name) is off by \(short(error)) of its norm")
        }
    }

    private func print(of tensor: Tensor, _ name: String) -> Print {
        let values = tensor.floats.map(Double.init)
        let noise = hashedNoise(name, values.count)
        return [
            values.reduce(0) { $0 + $1 * $1 }.squareRoot(), zip(values, noise).reduce(0) { $0 + $1.0 * $1.1 },
        ]
    }
}

/// Values of variance 1 that follow from a name.
private func unitNoise(_ name: String, _ shape: Shape) -> Tensor {
    Tensor(hashedNoise(name, shape.elementCount).map { Float(3.0.squareRoot() * $0) }, shape: shape)
}

extension Module {
    /// Fills every parameter and statistic with values that follow from its name and index alone, so that the same network
    /// in another framework can have the same values without a file.
    ///
    /// `Tests/Fixtures/hashed_values.py` does the same in PyTorch. Weights have a variance of 2 / fan-in.
    @_spi(Testing) public func fillWithHashedValues() {
        let tree = ModuleTree(self)
        for (name, parameter) in tree.parameters { parameter.value = hashedValues(name, parameter.shape) }
        for (name, buffer) in tree.buffers where buffer.wrappedValue.dataType == .float32 {
            buffer.wrappedValue = hashedValues(name, buffer.wrappedValue.shape)
        }
    }
}

/// Returns the hashed values of a tensor of a state dictionary, scaled for its role, which follows from its name.
/// - Parameters:
///   - name: The full name, such as `layer1.0.conv1.weight`.
///   - shape: The shape of the tensor.
/// - SeeAlso: `Module.fillWithHashedValues()`
@_spi(Testing) public func hashedValues(_ name: String, _ shape: Shape) -> Tensor {
    if shape.rank > 1 { return hashedWeights(name, shape, fanIn: shape.dimensions.dropFirst().reduce(1, *)) }
    if name.hasSuffix("running_var") { return hashedValues(name, shape, offset: 1, scale: 0.3) }
    if name.hasSuffix("weight") { return hashedValues(name, shape, offset: 1, scale: 0.2) }
    return hashedValues(name, shape, offset: 0, scale: 0.1)
}

/// Returns the hashed values of a tensor of a Keras file, scaled for its role, which follows from its name.
///
/// `Tests/Fixtures/hashed_values.py` makes the same values.
/// - Parameters:
///   - name: The full name, such as `conv1/kernel:0`.
///   - shape: The shape of the tensor.
@_spi(Testing) public func hashedKerasValues(_ name: String, _ shape: Shape) -> Tensor {
    if shape.rank > 1 {
        // The filters of a depthwise kernel [H, W, C, 1] have one input channel each.
        let seen = shape.rank == 4 && shape[3] == 1 ? shape.dimensions.prefix(2) : shape.dimensions.dropLast()
        return hashedWeights(name, shape, fanIn: seen.reduce(1, *))
    }
    if name.contains("moving_variance") || name.contains("running_std") {
        return hashedValues(name, shape, offset: 1, scale: 0.3)
    }
    if name.contains("gamma") { return hashedValues(name, shape, offset: 1, scale: 0.2) }
    return hashedValues(name, shape, offset: 0, scale: 0.1)
}

private func hashedWeights(_ name: String, _ shape: Shape, fanIn: Int) -> Tensor {
    hashedValues(name, shape, offset: 0, scale: (6 / Double(fanIn)).squareRoot())
}

private func hashedValues(_ name: String, _ shape: Shape, offset: Double, scale: Double) -> Tensor {
    let noise = HashedNoise(name)
    // A loop, since entire networks are filled, even in debug builds.
    let values = [Float](unsafeUninitializedCapacity: shape.elementCount) { values, count in
        for index in 0..<shape.elementCount { values[index] = Float(offset + scale * noise[index]) }
        count = shape.elementCount
    }
    return Tensor(values, shape: shape)
}

/// Returns uniform noise in -1..<1, in multiples of 2^-23, that follows from a name.
/// - Parameters:
///   - name: The seed.
///   - count: The number of values.
@_spi(Testing) public func hashedNoise(_ name: String, _ count: Int) -> [Double] {
    let noise = HashedNoise(name)
    return (0..<count).map { noise[$0] }
}

/// SplitMix64 (Steele et al. 2014), seeded with the FNV-1a hash of a name.
private struct HashedNoise {
    private let seed: UInt64

    init(_ name: String) {
        seed = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    subscript(index: Int) -> Double {
        var state = seed &+ UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15
        state = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        state = (state ^ state >> 27) &* 0x94d0_49bb_1331_11eb
        return Double((state ^ state >> 31) >> 40) / Double(1 << 23) - 1
    }
}
