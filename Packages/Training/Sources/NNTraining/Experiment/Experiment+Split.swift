import NNDatasets
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers

extension Experiment {
    /// Whether there are samples for validation; without them the training samples tell how training goes.
    @_spi(Internal) public var hasValidation: Bool { config.data.validation || config.data.overfit != nil }

    /// The splits that training uses.
    @_spi(Internal) public var trainingSplits: [Split] { hasValidation ? [.train, .validation] : [.train] }

    /// All samples of a split, listed once, without `data.limit` and `data.overfit`: those of the data set, or those that
    /// `data.split` and `data.folds` choose.
    /// - Throws: `DatasetError` if the data set cannot be listed or divided.
    @_spi(Internal) public func allSamples(of split: Split) throws -> any Dataset {
        let data = config.data
        guard split != .validation || data.validation else {
            throw DatasetError(
                place: "data.validation", reason: "it is false, so that there are no validation samples",
                remedy: "Name another split, such as 'train' or 'test'")
        }
        switch split {
        case _ where !data.isDivided: return try source.dataset(split)
        case .train: break
        case .validation: if data.folds == nil, data.split?.validation == nil { return try source.dataset(split) }
        case .test: if data.split?.test == nil { return try source.dataset(split) }
        }
        let (whole, parts) = try divided()
        return DatasetSubset(whole, indices: parts[split])
    }

    /// What the data set has for training, and the parts that are chosen of it.
    private func divided() throws -> (whole: any Dataset, parts: StratifiedSplit) {
        if let division { return division }
        let whole = try source.dataset(.train)
        let (split, stratified) = (config.data.split ?? SplitConfig(), !source.task.isDense)
        let parts =
            if let folds = config.data.folds {
                try StratifiedSplit(
                    of: whole, fold: config.data.fold ?? 1, of: folds, test: split.test ?? 0, stratified: stratified,
                    seed: split.seed)
            } else {
                try StratifiedSplit(
                    of: whole, validation: split.validation ?? 0, test: split.test ?? 0, stratified: stratified,
                    seed: split.seed)
            }
        division = (whole, parts)
        return (whole, parts)
    }

    /// The samples by which evaluation is tried before training: those of training where there are none for it.
    func exemplary(_ split: Split) throws -> any Dataset {
        try dataset(split == .validation && !hasValidation ? .train : split)
    }

    /// The files of the samples of each split as comma-separated values; nil where the data set's own splits are used.
    func splitTable() throws -> String? {
        guard config.data.isDivided else { return nil }
        var rows: [[String]] = []
        for split in Split.allCases where split != .validation || config.data.validation {
            // A test split of the data set is optional, and none of the choice.
            if split == .test, config.data.split?.test == nil { continue }
            let samples = try allSamples(of: split)
            for index in 0..<samples.count {
                rows.append([samples.files(at: index).first ?? "\(index)", split.rawValue])
            }
        }
        return CSV.text(columns: ["file", "split"], rows: rows) + "\n"
    }
}
