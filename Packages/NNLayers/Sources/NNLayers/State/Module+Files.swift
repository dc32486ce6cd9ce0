import Foundation

extension Module {
    /// The parameters under their full names, in the order of declaration.
    public var parameters: [(name: String, parameter: Parameter)] { ModuleTree(self).parameters }

    /// Writes parameters and buffers to a safetensors file, which appears whole or not at all.
    /// - Parameter metadata: Text that is stored beside them.
    /// - Throws: `TensorFileError` where the file cannot be written.
    public func save(to url: URL, metadata: [String: String] = [:]) throws(TensorFileError) {
        try SafetensorsFile.write(
            tensors: stateDictionary.entries.map { ($0.name, $0.tensor) }, metadata: metadata, to: url)
    }

    /// Reads parameters and buffers from a safetensors file.
    ///
    /// Files of PyTorch and Keras, and those with the names of other frameworks, are read by `NNWeights`.
    /// - Parameter strict: Whether names and shapes must agree exactly; otherwise what does not fit keeps its value.
    /// - Returns: What was loaded, and what does not fit.
    /// - Throws: `TensorFileError` for a file that cannot be read, ``StateDictionaryMismatch`` where it does not fit.
    @discardableResult
    public func load(from url: URL, strict: Bool = true) throws -> StateDictionaryReport {
        let file = try SafetensorsFile(url)
        return try load(
            StateDictionary(file.names.map { .init(name: $0, tensor: try file.tensor(named: $0)) }), strict: strict)
    }
}
