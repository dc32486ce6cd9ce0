import NNLayers

/// An average of the weights of a network over the steps of training, which often predicts better than the last
/// weights (Polyak and Juditsky 1992).
///
/// ```swift
/// let average = ExponentialMovingAverage(of: network, decay: 0.999)
/// for ... {
///     try optimizer.step(loss.backward())
///     average.update()
/// }
/// try average.withAveragedWeights { try network.save(to: url) }
/// ```
///
/// Floating-point buffers such as running statistics are averaged too, since they belong to the weights that they
/// were measured with.
public final class ExponentialMovingAverage {
    /// The part of the old average that each update keeps in the long run.
    public let decay: Double
    /// The number of updates so far.
    public private(set) var updateCount = 0
    private var parameters: [(name: String, parameter: Parameter, average: Tensor)]
    private var buffers: [(name: String, buffer: Buffer, average: Tensor)]

    /// Creates an average that starts at the present weights of a network.
    /// - Parameter decay: The part of the old average that each update keeps in the long run, from 0 to below 1.
    public init(of network: any Module, decay: Double) {
        require(decay, .fractionBelowOne, "ExponentialMovingAverage: decay")
        let network = ModuleTree(network)
        self.decay = decay
        parameters = network.parameters.map { ($0.name, $0.parameter, $0.parameter.value) }
        buffers = network.buffers.filter { $0.buffer.wrappedValue.dataType == .float32 }
            .map { ($0.name, $0.buffer, $0.buffer.wrappedValue) }
    }

    /// Takes the present weights into the average, after each step of the optimizer.
    ///
    /// The first updates count more, by a decay of at most (1 + n) / (10 + n), as in TensorFlow, so that the average
    /// soon forgets the weights that it started with. Frozen weights are their own average.
    public func update() {
        let count = Double(updateCount)
        let rate = Float(1 - min(decay, (1 + count) / (10 + count)))
        for index in parameters.indices where parameters[index].parameter.isTrainable {
            parameters[index].average.move(toward: parameters[index].parameter.value, rate: rate)
        }
        for index in buffers.indices where buffers[index].buffer.isTrainable {
            buffers[index].average.move(toward: buffers[index].buffer.wrappedValue, rate: rate)
        }
        updateCount += 1
    }

    /// Calls `body` while the network has the averaged weights, for evaluation or to save them.
    public func withAveragedWeights<Result>(_ body: () throws -> Result) rethrows -> Result {
        exchange()
        defer { exchange() }
        return try body()
    }

    private func exchange() {
        for index in parameters.indices {
            parameters[index].parameter.update { swap(&$0, &parameters[index].average) }
        }
        for index in buffers.indices { swap(&buffers[index].buffer.wrappedValue, &buffers[index].average) }
    }
}

extension ExponentialMovingAverage: Restorable {
    private static let countName = "update_count"

    /// The averages under the names of the weights, and `update_count`.
    public var savedState: SavedState {
        let averages = parameters.map { ($0.name, $0.average) } + buffers.map { ($0.name, $0.average) }
        return SavedState(
            tensors: Dictionary(uniqueKeysWithValues: averages), scalars: [Self.countName: Double(updateCount)])
    }

    public func restore(_ state: SavedState) throws(SavedStateError) {
        func average(_ name: String, like present: Tensor) throws(SavedStateError) -> Tensor {
            guard let tensor = state.tensors[name], tensor.specification == present.specification else {
                throw SavedStateError("the saved average of weights has no '\(name)' of \(present.specification)")
            }
            return tensor
        }
        let count = try state.count(Self.countName)
        var restoredParameters = parameters
        for index in parameters.indices {
            restoredParameters[index].average = try average(parameters[index].name, like: parameters[index].average)
        }
        var restoredBuffers = buffers
        for index in buffers.indices {
            restoredBuffers[index].average = try average(buffers[index].name, like: buffers[index].average)
        }
        parameters = restoredParameters
        buffers = restoredBuffers
        updateCount = count
    }
}
