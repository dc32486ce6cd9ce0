@_spi(Text) import NNLayers

extension NameMap {
    /// A line of the table.
    struct Row: Sendable {
        /// The names that the line is for.
        let pattern: NamePattern
        /// The name in the network; nil to leave the tensor out.
        let replacement: String?
        /// The names that the replacement makes; nil to leave the tensor out.
        let result: NamePattern?
        /// The order of dimensions in the file.
        let layout: WeightLayout
        /// The line, for messages.
        let text: String
    }
}

extension NameMap.Row {
    /// - Parameter fields: The words of a line.
    init(_ fields: [String]) throws(NamePattern.Violation) {
        guard (2...3).contains(fields.count) else {
            throw .init(
                reason: "expected a name, its replacement, and optionally a layout; found \(fields.count) words")
        }
        var layout = WeightLayout.asIs
        if fields.count == 3 {
            guard let known = WeightLayout(rawValue: fields[2]) else {
                let names = WeightLayout.allCases.map(\.rawValue)
                throw .init(
                    reason: "unknown layout '\(fields[2])'; " + NearestName.remedy(fields[2], among: names))
            }
            layout = known
        }
        let replacement = fields[1] == "-" ? nil : fields[1]
        let pattern = try NamePattern(fields[0])
        var result: NamePattern?
        if let replacement {
            try pattern.check(replacement)
            result = try NamePattern(replacement: replacement)
        }
        self.init(
            pattern: pattern, replacement: replacement, result: result, layout: layout,
            text: fields.prefix(2).joined(separator: " "))
    }
}
