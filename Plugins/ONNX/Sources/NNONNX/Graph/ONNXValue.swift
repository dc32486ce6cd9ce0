import NNLayers

/// A tensor while a network is written: a constant, or a result of nodes.
///
/// The axes of the written tensor may be in another order than those of the network's: images are
/// `[N, H, W, C]` here and `[N, C, H, W]` in the file. Nodes that transpose are written only where an operation
/// cannot do without.
public struct ONNXValue: Sendable {
    enum Source {
        case constant(Tensor)
        /// The name in the file.
        case computed(String)
    }

    let source: Source
    /// The lengths of the dimensions as the network has them.
    public let shape: [TracedLength]
    public let dataType: DataType
    /// The axis of the network's tensor that each axis of the written one is; `[0, 3, 1, 2]` for images.
    public let order: [Int]

    public var rank: Int { shape.count }

    /// The values where they are constant, such as a weight.
    public var constant: Tensor? { if case .constant(let tensor) = source { tensor } else { nil } }

    /// The place of an axis, which may be counted from the end, in the written tensor.
    public func place(of axis: Int) -> Int {
        let axis = axis < 0 ? axis + rank : axis
        return order.firstIndex(of: axis) ?? axis
    }

    /// The lengths in the order of the file.
    var writtenShape: [TracedLength] { order.map { shape[$0] } }

    /// The order in which images are written.
    public static let imageOrder = [0, 3, 1, 2]

    /// The order of the network itself.
    public static func plainOrder(rank: Int) -> [Int] { Array(0..<rank) }

    var isConstant: Bool { constant != nil }
}
