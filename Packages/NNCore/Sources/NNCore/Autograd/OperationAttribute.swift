/// A setting of an operation, for writers of other formats such as ONNX.
public enum OperationAttribute: Hashable, Sendable {
    /// A whole number, such as an axis or the number of groups.
    case int(Int)
    /// Whole numbers: axes, sizes as height and width, insets as top, left, bottom and right.
    case ints([Int])
    /// A number, such as the epsilon of a normalization.
    case float(Float)
    /// A switch, such as whether reduced dimensions are kept.
    case bool(Bool)
    /// A name, such as that of an activation or of a method of interpolation.
    case text(String)
}

extension OperationAttribute {
    /// Height and width.
    static func size(_ size: Size) -> OperationAttribute { .ints([size.height, size.width]) }

    /// Top, left, bottom, right.
    static func insets(_ insets: EdgeInsets) -> OperationAttribute {
        .ints([insets.top, insets.left, insets.bottom, insets.right])
    }
}
