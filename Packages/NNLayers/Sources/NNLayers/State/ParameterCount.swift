/// How many numbers a module holds.
public struct ParameterCount: Sendable, Equatable {
    /// Elements of parameters that training changes.
    public var trainable = 0
    /// Elements of parameters that are frozen.
    public var frozen = 0
    /// Elements of floating-point buffers: the running statistics of batch norms.
    public var statistics = 0

    public init(trainable: Int = 0, frozen: Int = 0, statistics: Int = 0) {
        self.trainable = trainable
        self.frozen = frozen
        self.statistics = statistics
    }

    /// Counts the parameters and statistics of a module with all that it contains.
    public init(_ module: any Module) {
        let tree = ModuleTree(module)
        for (_, parameter) in tree.parameters {
            let count = parameter.shape.elementCount
            if parameter.isTrainable { trainable += count } else { frozen += count }
        }
        for (_, buffer) in tree.buffers where buffer.wrappedValue.dataType.isFloatingPoint {
            statistics += buffer.wrappedValue.elementCount
        }
    }

    /// Elements of all parameters.
    public var parameters: Int { trainable + frozen }
}

extension Module {
    /// How many numbers the module holds.
    public var parameterCount: ParameterCount { ParameterCount(self) }
}
