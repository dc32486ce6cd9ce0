/// Samples that can be asked for by number, from several threads at once.
public protocol Dataset: Sendable {
    /// The number of samples.
    var count: Int { get }

    /// The name of each class, in the order of the class indices.
    var classNames: [String] { get }

    /// The label of pixels that do not count; nil where all count.
    var ignoreIndex: Int? { get }

    /// Reads or makes a sample; the same one each time.
    /// - Throws: ``ImageError`` where its file cannot be read.
    func sample(at index: Int) throws -> Sample
}

extension Dataset {
    public var ignoreIndex: Int? { nil }
}

/// A data set that cannot be used: a folder or list that is missing, empty or contradicts itself.
public struct DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the folder or file, with the line where there is one.
    public let place: String
    /// What is wrong.
    public let reason: String
    /// What can be done about it.
    public let remedy: String

    public init(place: String, reason: String, remedy: String) {
        self.place = place
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(place): \(reason). \(remedy)." }
}
