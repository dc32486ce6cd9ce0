/// What a check of the data found, in an order that depends on the data only.
public struct DataCheckReport: Hashable, Sendable, Codable {
    /// How much of a split was read.
    public struct SplitSummary: Hashable, Sendable, Codable {
        public let split: Split
        /// The number of samples.
        public let samples: Int
        /// How many of them cannot be used.
        public let unusable: Int
    }

    /// The splits that could be read.
    public internal(set) var splits: [SplitSummary] = []
    /// By split and sample; what is about several samples comes after them.
    public internal(set) var findings: [Finding] = []

    /// How many findings are of a severity.
    public func count(of severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

    /// The findings of a severity.
    public func findings(of severity: Finding.Severity) -> [Finding] { findings.filter { $0.severity == severity } }
}
