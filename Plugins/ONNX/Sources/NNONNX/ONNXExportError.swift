/// A network that cannot be written as ONNX, with what to do about it.
public struct ONNXExportError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// A length or a setting that changes with the images in a way that a file cannot express.
struct SizeDependence: Error {
    /// What changes, to stand after "because".
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
