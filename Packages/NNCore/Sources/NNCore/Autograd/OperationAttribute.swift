/// A setting of an operation, as what reads operations from outside sees it: writers of other formats.
public enum OperationAttribute: Hashable, Sendable {
    case int(Int)
    case ints([Int])
    case float(Float)
    case bool(Bool)
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
