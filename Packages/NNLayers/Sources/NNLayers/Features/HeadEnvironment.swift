/// The network that a head is built for.
public struct HeadEnvironment: Sendable {
    /// The feature maps of the backbone, from fine to coarse.
    public var features: [FeatureInfo]
    /// The number of classes or outputs to predict.
    public var classCount: Int
    /// The name of the backbone in the configuration, for messages; nil for a head that is made in Swift.
    public var backboneName: String?
    /// What the data set is labelled for: the task of a head that fits several.
    public var task: PredictionTask

    /// The environment of a head on a backbone's features, for classification by default.
    public init(
        features: [FeatureInfo], classCount: Int, backboneName: String? = nil, task: PredictionTask = .classification
    ) {
        self.features = features
        self.classCount = classCount
        self.backboneName = backboneName
        self.task = task
    }

    /// The task of a head with one output vector for each image: that of the data set, unless it is dense.
    public var imageTask: PredictionTask { task.isDense ? .classification : task }
}

extension HeadEnvironment {
    /// The index of the coarsest feature map.
    /// - Parameter head: The name of the head in configurations, for messages.
    /// - Throws: ``OptionError`` where there is no feature map, or no class to predict.
    public func indexOfCoarsest(for head: String) throws(OptionError) -> Int {
        try checkClassCount(for: head)
        if features.isEmpty { throw refusal(of: head, needing: "a feature") }
        return features.count - 1
    }

    /// The indices of the feature maps at some strides; the deepest of several at the same stride.
    /// - Parameters:
    ///   - strides: The strides.
    ///   - head: The name of the head in configurations, for messages.
    ///   - option: The option that states the strides, for messages; nil where that is plain.
    /// - Throws: ``OptionError`` where one is missing, or there is no class to predict.
    public func indices(
        ofStrides strides: [Int], for head: String, option: String? = nil
    ) throws(OptionError) -> [Int] {
        try checkClassCount(for: head)
        return try strides.map { (stride) throws(OptionError) -> Int in
            guard let index = features.lastIndex(where: { $0.stride == stride }) else {
                let needs = strides.count == 1 ? "a feature at stride" : "features at strides"
                let reason = option.map { " for its option '\($0)'" } ?? ""
                throw refusal(of: head, needing: "\(needs) \(listed(strides.sorted()))\(reason)")
            }
            return index
        }
    }

    /// The index of the feature map at a stride; of the coarsest one for nil.
    /// - Throws: ``OptionError`` where it is missing, or there is no class to predict.
    public func index(ofStride stride: Int?, for head: String) throws(OptionError) -> Int {
        guard let stride else { return try indexOfCoarsest(for: head) }
        return try indices(ofStrides: [stride], for: head)[0]
    }

    /// The error of a head that does not fit the backbone: what it needs, and what the backbone offers.
    /// - Parameters:
    ///   - needs: A noun phrase, such as `a feature at stride 4`.
    ///   - offer: What the backbone has instead; by default the strides of its feature maps.
    public func refusal(of head: String, needing needs: String, offer: String? = nil) -> OptionError {
        let strides = features.map(\.stride)
        let offer =
            offer ?? (strides.isEmpty ? "none" : "\(strides.count == 1 ? "stride" : "strides") \(listed(strides))")
        let backbone = backboneName.map { "backbone '\($0)'" } ?? "the backbone"
        return OptionError("type", "head '\(head)' needs \(needs); \(backbone) offers \(offer)")
    }

    private func checkClassCount(for head: String) throws(OptionError) {
        if classCount < 1 { throw OptionError("type", "head '\(head)' needs at least one class, not \(classCount)") }
    }
}

extension ComponentOptions {
    /// Checks that a list has an element for each stage of a decoder.
    /// - Parameters:
    ///   - option: The key, as a configuration writes it.
    ///   - stageCount: The number of stages, which follows from the backbone's features.
    /// - Throws: ``OptionError``.
    public func check(_ option: String, _ values: [Int], stageCount: Int) throws(OptionError) {
        if values.count == stageCount { return }
        throw OptionError(
            option,
            "must have an element for each of the backbone's \(stageCount) stages, from coarse to fine, "
                + "not \(values.count)")
    }
}

/// Numbers as messages show them: `1, 2, 4`.
private func listed(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
