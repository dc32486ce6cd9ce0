extension Module {
    /// The modules as a tree, each with its parameters and how many numbers they hold.
    ///
    /// ```text
    /// Sequential                              1,626
    ///   0: Conv2D                               448  weight [16, 3, 3, 3], bias [16]
    ///   1: GlobalAveragePool
    /// ```
    public var description: String {
        var lines: [(name: String, count: Int, parameters: String)] = []
        var paths: [String] = []
        for entry in ModuleTree(self).entries {
            paths.removeSubrange(entry.depth...)
            let name = entry.path.dropFirst(paths.last.map { $0.isEmpty ? 0 : $0.count + 1 } ?? 0)
            paths.append(entry.path)
            lines.append(
                (
                    String(repeating: "  ", count: entry.depth) + (name.isEmpty ? "" : "\(name): ")
                        + entry.module.typeName,
                    entry.module.parameterCount.parameters,
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
