/// The network that a head is built for.
public struct HeadEnvironment: Sendable {
    /// The feature maps of the backbone, from fine to coarse.
    public var features: [FeatureInfo]
    /// The number of classes to predict.
    public var classCount: Int
    /// The name of the backbone in the configuration, for messages.
    public var backboneName: String?

    public init(features: [FeatureInfo], classCount: Int, backboneName: String? = nil) {
        self.features = features
        self.classCount = classCount
        self.backboneName = backboneName
    }
}

extension HeadEnvironment {
    /// The index of the coarsest feature map.
    /// - Throws: ``OptionError`` where there is none.
    public func indexOfCoarsest(for head: String) throws(OptionError) -> Int {
        if features.isEmpty { throw refusal(of: head, needing: "a feature") }
        return features.count - 1
    }

    /// The indices of the feature maps at some strides; the deepest of several at the same stride.
    /// - Throws: ``OptionError`` where one is missing.
    public func indices(ofStrides strides: [Int], for head: String) throws(OptionError) -> [Int] {
        try strides.map { (stride) throws(OptionError) -> Int in
            guard let index = features.lastIndex(where: { $0.stride == stride }) else {
                let needs = strides.count == 1 ? "a feature at stride" : "features at strides"
                throw refusal(of: head, needing: "\(needs) \(listed(strides.sorted()))")
            }
            return index
        }
    }

    /// The index of the feature map at a stride; of the coarsest one for nil.
    /// - Throws: ``OptionError`` where it is missing.
    public func index(ofStride stride: Int?, for head: String) throws(OptionError) -> Int {
        guard let stride else { return try indexOfCoarsest(for: head) }
        return try indices(ofStrides: [stride], for: head)[0]
    }

    /// The error of a head that does not fit the backbone: what it needs, and what the backbone offers.
    /// - Parameter offer: By default the strides of the feature maps.
    public func refusal(of head: String, needing needs: String, offer: String? = nil) -> OptionError {
        let strides = features.map(\.stride)
        let offer =
            offer ?? (strides.isEmpty ? "none" : "\(strides.count == 1 ? "stride" : "strides") \(listed(strides))")
        let backbone = backboneName.map { "backbone '\($0)'" } ?? "the backbone"
        return OptionError("type", "head '\(head)' needs \(needs); \(backbone) offers \(offer)")
    }
}

/// Numbers as messages show them: `1, 2, 4`.
private func listed(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
