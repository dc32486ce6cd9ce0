@_spi(Internal) import NNDatasets
import NNLayers

/// The fractions of a data set in one piece that are for validation and test: `data.split` of a configuration.
///
/// They are taken of what the data set has for training, with the same share of each class; masks and numbers are divided
/// at random. A part without a fraction is the data set's own. The choice depends on the files and `split.seed` alone, so
/// that runs with several seeds of training share one split.
public struct SplitConfig: ComponentOptions, Hashable {
    /// The fraction of validation samples, such as 0.2; null, the default, for the data set's own validation split.
    public var validation: Double?
    /// The fraction of test samples; null, the default, for the data set's own test split.
    public var test: Double?
    /// The seed of the choice, which is not that of training.
    public var seed: UInt64 = 0

    /// No fractions, which must still be named.
    public init() {}

    /// Refuses fractions that are not above 0, or leave nothing for training.
    public func validate() throws {
        for (name, value) in [("validation", validation), ("test", test)] {
            if let value, value <= 0 {
                throw OptionError(name, "must be a fraction above 0, such as 0.2, not \(value); leave it out for none")
            }
        }
        try StratifiedSplit.check(validation: validation ?? 0, test: test ?? 0)
    }
}

extension DataConfig {
    /// Whether samples for validation or test are taken of those for training.
    @_spi(Internal) public var isDivided: Bool { folds != nil || split?.validation != nil || split?.test != nil }

    /// Refuses what contradicts itself about the splits.
    func checkSplits() throws(OptionError) {
        if let folds {
            try StratifiedSplit.check(folds: folds, fold: fold)
            if split?.validation != nil {
                throw OptionError("folds", "leaves no meaning to 'split.validation'; leave one of them out")
            }
        } else if fold != nil {
            throw OptionError("fold", "needs 'folds', their number")
        }
        if !validation, folds != nil || split?.validation != nil {
            throw OptionError(
                "validation", "is false, which contradicts '\(folds == nil ? "split.validation" : "folds")'")
        }
        if folds == nil, let split, split.validation == nil, split.test == nil {
            throw OptionError("split", "must name a fraction, such as {validation: 0.2}")
        }
    }
}
