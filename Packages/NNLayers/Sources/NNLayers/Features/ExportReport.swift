/// What an exported file says of itself.
public struct ExportReport: Sendable, Codable, Equatable {
    /// A tensor that goes into the network or comes out of it.
    public struct Port: Sendable, Codable, Equatable {
        public var name: String
        /// The lengths of the dimensions; one that is not fixed has a name, such as `batch`.
        public var shape: [String]

        public init(name: String, shape: [String]) {
            self.name = name
            self.shape = shape
        }
    }

    /// The format with its version, such as `ONNX, opset 17`.
    public var format: String
    public var inputs: [Port]
    public var outputs: [Port]
    /// The size of the file.
    public var byteCount: Int
    /// What the file cannot do although it was asked for.
    public var notices: [String]

    public init(format: String, inputs: [Port], outputs: [Port], byteCount: Int, notices: [String] = []) {
        self.format = format
        self.inputs = inputs
        self.outputs = outputs
        self.byteCount = byteCount
        self.notices = notices
    }
}
