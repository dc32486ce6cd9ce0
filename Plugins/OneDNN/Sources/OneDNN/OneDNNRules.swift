import NNCore

/// How a convolution is calculated where oneDNN's own implementation may not be used as it is.
enum Treatment: Hashable {
    case direct
    case clearScratch, addResidualAfterwards, useFloat32, lastRowApart
    case decline
}

struct OneDNNRules: Sendable {
    var version: OneDNNVersion
    var instructions: InstructionSet
    func treatment(of key: ConvolutionKey, implementation: String) -> Treatment { .direct }
    var notes: [String] { [] }
}
