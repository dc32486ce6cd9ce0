import NNLayers

/// Where the data sets of one experiment come from.
///
/// Making a source reads nothing; what is wrong with the files shows when a data set is asked for.
public protocol DatasetSource: Sendable {
    /// What the samples are labelled for.
    var task: PredictionTask { get }

    /// The samples of one split. All splits number the classes alike.
    /// - Throws: ``DatasetError``.
    func dataset(_ split: Split) throws -> any Dataset
}

/// A part of the samples that is kept apart from the others.
public enum Split: String, Sendable, Codable, CaseIterable {
    /// What parameters are fitted to.
    case train
    /// What settings are chosen by.
    case validation
    /// What is looked at once, at the end.
    case test

    /// The one of three values that is for this split.
    func choice<Value>(_ train: Value, _ validation: Value, _ test: Value) -> Value {
        switch self {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }
}

extension ComponentKind<Void, any DatasetSource> {
    /// Where samples come from.
    public static var dataset: Self { Self("dataset") }
}
