/// The number of values in a module.
public struct ParameterCount: Sendable, Equatable {
    /// The number of elements of trainable parameters.
    public var trainable = 0
    /// The number of elements of frozen parameters.
    public var frozen = 0
    /// The number of elements of floating-point buffers, such as the running statistics of batch norms.
    public var statistics = 0

    /// Creates a count.
    public init(trainable: Int = 0, frozen: Int = 0, statistics: Int = 0) {
        self.trainable = trainable
        self.frozen = frozen
        self.statistics = statistics
    }

    /// Counts the parameters and statistics of a module and its descendants.
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

    /// The number of elements of all parameters.
    public var parameters: Int { trainable + frozen }
}

extension Module {
    /// The number of values in the module and its descendants.
    public var parameterCount: ParameterCount { ParameterCount(self) }
}

extension Module {
    /// The modules as a tree, each with its parameters and their number of elements.
    ///
    /// ```text
    /// Sequential                              1,626
    ///   0: Conv2D                               448  weight [16, 3, 3, 3], bias [16]
    ///   1: GlobalAveragePool
    /// ```
    public var description: String {
        var lines: [(name: String, count: Int, parameters: String)] = []
        var paths: [String] = []
        let entries = ModuleTree(self).entries
        let ownCounts = entries.map { $0.parameters.reduce(0) { $0 + $1.parameter.shape.elementCount } }
        for (index, entry) in entries.enumerated() {
            // Descendants follow their ancestor.
            let end = entries[(index + 1)...].firstIndex { $0.depth <= entry.depth } ?? entries.count
            paths.removeSubrange(entry.depth...)
            let name = entry.path.dropFirst(paths.last.map { $0.isEmpty ? 0 : $0.count + 1 } ?? 0)
            paths.append(entry.path)
            lines.append(
                (
                    String(repeating: "  ", count: entry.depth) + (name.isEmpty ? "" : "\(name): ")
                        + entry.module.typeName,
                    ownCounts[index..<end].reduce(0, +),
                    entry.parameters.map { "\($0.name) \($0.parameter.shape)" }.joined(separator: ", ")
                ))
        }
        let counts = lines.map { $0.count == 0 ? "" : $0.count.grouped }
        let nameWidth = lines.map(\.name.count).max() ?? 0
        let countWidth = counts.map(\.count).max() ?? 0
        return zip(lines, counts).map { line, count in
            // A module without parameters ends with its name.
            guard !count.isEmpty else { return line.name }
            let space = String(repeating: " ", count: nameWidth - line.name.count + 2 + countWidth - count.count)
            return line.name + space + count + (line.parameters.isEmpty ? "" : "  " + line.parameters)
        }.joined(separator: "\n")
    }
}
