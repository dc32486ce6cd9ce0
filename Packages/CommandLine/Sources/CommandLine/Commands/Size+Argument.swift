import ArgumentParser
import NNLayers

extension NNCore.Size: ArgumentParser.ExpressibleByArgument {
    /// `224`, or height and width: `320x480`.
    public init?(argument: String) {
        let lengths = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard let height = lengths.first ?? nil, let width = lengths.last ?? nil, lengths.count <= 2,
            height > 0, width > 0
        else { return nil }
        self.init(height: height, width: width)
    }
}

extension NNLayers.Precision: ArgumentParser.ExpressibleByArgument {}
