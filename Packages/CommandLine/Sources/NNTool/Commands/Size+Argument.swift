import ArgumentParser
import NNLayers

extension NNCore.Size: ArgumentParser.ExpressibleByArgument {
    /// `224`, or height and width: `320x480`. Neither may be above 65,535, the longest side of a JPEG picture.
    public init?(argument: String) {
        let lengths = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard let height = lengths.first ?? nil, let width = lengths.last ?? nil, lengths.count <= 2,
            1...65_535 ~= height, 1...65_535 ~= width
        else { return nil }
        self.init(height: height, width: width)
    }
}

extension NNLayers.Precision: ArgumentParser.ExpressibleByArgument {}
