import NNLayers

extension HeadEnvironment {
    /// The place of the coarsest feature.
    /// - Throws: ``OptionError`` where there is none.
    func placeOfCoarsest(for head: String) throws -> Int {
        if features.isEmpty { throw refusal(of: head, needing: "a feature") }
        return features.count - 1
    }

    /// The places of the features at these strides; the deepest of several at the same.
    /// - Throws: ``OptionError`` where one is missing.
    func places(ofStrides strides: [Int], for head: String) throws -> [Int] {
        try strides.map { stride in
            guard let place = features.lastIndex(where: { $0.stride == stride }) else {
                let needs = strides.count == 1 ? "a feature at stride" : "features at strides"
                throw refusal(of: head, needing: "\(needs) \(listed(strides.sorted()))")
            }
            return place
        }
    }

    /// The place of the feature at a stride, or of the coarsest one where none is asked for.
    /// - Throws: ``OptionError`` where it is missing.
    func place(ofStride stride: Int?, for head: String) throws -> Int {
        guard let stride else { return try placeOfCoarsest(for: head) }
        return try places(ofStrides: [stride], for: head)[0]
    }

    /// Says that a head does not fit the backbone, with what it needs and what there is.
    /// - Parameter offer: What the backbone has instead; by default its strides.
    func refusal(of head: String, needing needs: String, offer: String? = nil) -> OptionError {
        let strides = features.map(\.stride)
        let offer =
            offer ?? (strides.isEmpty ? "none" : "\(strides.count == 1 ? "stride" : "strides") \(listed(strides))")
        let backbone = backboneName.map { "backbone '\($0)'" } ?? "the backbone"
        return OptionError("type", "head '\(head)' needs \(needs); \(backbone) offers \(offer)")
    }
}

/// Numbers as messages show them: `1, 2, 4`.
func listed(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
