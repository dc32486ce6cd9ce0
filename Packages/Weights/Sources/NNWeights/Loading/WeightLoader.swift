import Foundation
@_spi(Kernels) @_spi(Text) import NNCore
@_spi(Text) import NNLayers

extension Module {
    /// Loads published or saved weights, such as those of torchvision, timm or Keras.
    ///
    /// ```swift
    /// let backbone = ResNet(depth: 50)
    /// let network = Network(backbone, Classifier(features: backbone.features, classes: 1000))
    /// print(try network.loadWeights(from: url))
    /// ```
    ///
    /// The format is recognized by the content of the file, and the name map is the one that fits best. Loading is
    /// strict: every tensor of the file must have its counterpart in the network and vice versa. If it throws, the
    /// network keeps its values.
    ///
    /// A `Network` takes the weights of a whole network. A backbone or head by itself takes its part of such a file, or
    /// a file of its own.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - names: How the file names its tensors. By default this is detected: with the names of the network itself, or
    ///     by one of ``NameMap/builtIn``.
    ///   - part: The path of the submodule to load, such as `"backbone"`; nil for everything.
    ///   - except: Patterns of names that may be missing, unexpected or of another shape, such as `"head.fc"`; see
    ///     `ParameterPattern`.
    ///   - classes: The number of classes that the network predicts. If it is given, a last layer that the file has for
    ///     other classes keeps its initial values, and is not an error.
    ///   - formats: Formats to recognize in addition to safetensors and PyTorch, such as `KerasFormat()`.
    ///   - state: The set of weights to load of a checkpoint that has several, such as `"model"` of one that also has
    ///     `model_ema`; by default, moving averages come first.
    ///   - force: Whether to load weights into a network of other settings than they were trained with, such as another
    ///     padding, which the name map states.
    /// - Returns: What was loaded, and how it was named.
    /// - Throws: ``WeightError`` for weights that do not fit, `TensorFileError` for a file that cannot be read.
    @discardableResult
    public func loadWeights(
        from url: URL, names: NameMap? = nil, part: String? = nil, except: [String] = [], classes: Int? = nil,
        formats: [any WeightFormat] = [], state: String? = nil, force: Bool = false
    ) throws -> WeightReport {
        let request = WeightRequest(
            part: part, except: except, classCount: classes, maps: names.map { [$0] }, state: state, force: force)
        return try WeightLoader(formats: formats).load(request, from: url, into: self)
    }
}

/// Loads files of weights by a set of formats and name maps.
///
/// This is how `model.weights` of a configuration is loaded, with the formats and name maps of all plugins. In Swift,
/// `loadWeights(from:)` of the module is shorter.
public struct WeightLoader {
    private let formats: [(name: String, format: any WeightFormat)]
    private let maps: [NameMap]

    /// A loader with the formats and name maps of this library.
    /// - Parameter formats: Formats to recognize in addition, such as `KerasFormat()`.
    public init(formats: [any WeightFormat] = []) {
        let all: [any WeightFormat] = formats + [SafetensorsFormat(), PyTorchFormat()]
        self.formats = all.map { (String(describing: type(of: $0)), $0) }
        maps = NameMap.builtIn
    }

    /// A loader with the formats and name maps that are registered.
    /// - Throws: `ConfigError` if one of them cannot be made.
    public init(_ registry: Registry) throws {
        formats = try registry.names(of: .weightFormat).map { name in
            (name, try registry.build(.weightFormat, from: ConfigNode(.string(name))))
        }
        maps = try registry.names(of: .nameMap).map { name in
            var map = try registry.build(.nameMap, from: ConfigNode(.string(name)))
            map.name = name
            return map
        }
    }

    /// Opens a file of weights by the format that recognizes its content.
    ///
    /// If several do, the one with the extension of the file is used, or else the first. What wrappers of a network put
    /// before all names, such as the `module.` of data-parallel or the `model.` of Lightning, is removed, in any format.
    /// - Parameter state: The set of weights of a checkpoint; nil for the one that the format prefers.
    /// - Throws: `TensorFileError` if the file cannot be read, is incomplete, or has no known format.
    public func open(_ url: URL, state: String? = nil) throws -> any WeightFile {
        let beginning = try MappedFile(url).withUnsafeBytes { Array($0.prefix(512)) }
        let fileExtension = url.pathExtension.lowercased()
        let recognized = formats.map(\.format).filter { $0.recognizes(url, beginning: beginning) }
        guard let format = recognized.first(where: { $0.fileExtensions.contains(fileExtension) }) ?? recognized.first
        else {
            let known = formats.map(\.name).joined(separator: ", ")
            throw TensorFileError(
                .malformed, file: url,
                reason: Self.guess(url, beginning) ?? "is of no known format of weights: \(known)")
        }
        return UnwrappedWeights.unwrapping(try format.open(url, state: state))
    }

    /// Finds a name map by its name, or reads it from a file.
    /// - Throws: `OptionError` for a name that is neither, ``WeightError`` with the line for a file that is not a table.
    public func nameMap(_ name: String) throws -> NameMap {
        if let map = maps.first(where: { $0.name == name }) { return map }
        let url = URL(fileURLWithPath: name)
        guard let data = try? Data(contentsOf: url) else {
            throw OptionError(
                "names",
                "'\(name)' is neither a registered name map nor a file with one; "
                    + NearestName.remedy(name, among: maps.map(\.name)))
        }
        if let other = FileStandIn(text: data) {
            throw WeightError(file: url, reason: "is \(other.description); \(other.remedy)")
        }
        let bytes = data.starts(with: [0xef, 0xbb, 0xbf]) ? data.dropFirst(3) : data
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WeightError(file: url, reason: "is not text in UTF-8, as a table of names is")
        }
        do {
            return try NameMap(text, name: name)
        } catch {
            throw WeightError(file: url, reason: "\(error)")
        }
    }

    /// Loads the weights that a configuration names: all that fit or, if it throws, none.
    /// - Parameters:
    ///   - source: The file, and how to load it.
    ///   - network: The network, or a part of one.
    ///   - classCount: The number of classes that the network predicts; a last layer that the file has for other classes
    ///     keeps its initial values.
    /// - Throws: ``WeightError`` for weights that do not fit, `TensorFileError` for a file that cannot be read,
    ///   `OptionError` for an unknown name map.
    @discardableResult
    public func load(_ source: WeightSource, into network: some Module, classCount: Int? = nil) throws -> WeightReport {
        try load(request(source, classCount), from: URL(fileURLWithPath: source.file), into: network)
    }

    /// Finds what ``load(_:into:classCount:)`` would load, by names and shapes alone.
    /// - Throws: As it does, without reading any element.
    @discardableResult
    public func check(_ source: WeightSource, for network: some Module, classCount: Int? = nil) throws -> WeightPlan {
        let request = try request(source, classCount)
        let file = try open(URL(fileURLWithPath: source.file), state: source.state)
        return try WeightPlan.best(request, of: file, for: network, among: maps)
    }

    private func request(_ source: WeightSource, _ classCount: Int?) throws -> WeightRequest {
        WeightRequest(
            part: source.part, except: source.except, classCount: classCount,
            maps: source.names == WeightSource.automatic ? nil : [try nameMap(source.names)], state: source.state,
            force: source.force)
    }

    fileprivate func load(_ request: WeightRequest, from url: URL, into network: some Module) throws -> WeightReport {
        let file = try open(url, state: request.state)
        let plan = try WeightPlan.best(request, of: file, for: network, among: maps)
        var values: [StateDictionary.Entry] = []
        var notFinite: [String] = []
        for assignment in plan.assignments {
            let stored = assignment.layout.converted(try file.tensor(named: assignment.source))
            // A copy: a frozen weight is never written to, and would change with the mapped file.
            let tensor = (assignment.adaptation?.applied(to: stored) ?? stored).owned
            if !tensor.isFinite { notFinite.append(assignment.source) }
            values.append(.init(name: assignment.name, tensor: tensor))
        }
        try network.load(StateDictionary(values), strict: false)
        return WeightReport(
            file: file.url, part: request.part, plan: plan, notFinite: notFinite, checkpoint: file.checkpoint)
    }

    private static let withKeras =
        "to read it, build nn with the trait Keras, or pass formats: [KerasFormat()] of NNKeras"

    /// Files that people have beside those of weights, by what they begin with at an offset.
    private static let otherFormats = [
        (0, "GGUF", "a GGUF file of a language model; take the weights that it was made from"),
        (4, "TFL3", "a file of TensorFlow Lite; take the model of Keras or PyTorch that it was converted from"),
        (0, "MATLAB 5.0", "a MAT-file of MATLAB, as of MatConvNet; save its arrays as safetensors in Python"),
        (257, "ustar", "a tar archive; unpack it, or save weights of the first PyTorch versions anew by torch.save"),
    ]

    /// What a file of no known format is, and what to do about it.
    private static func guess(_ url: URL, _ beginning: [UInt8]) -> String? {
        if beginning.isEmpty { return "is empty; copy or download it again" }
        if beginning.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]) {
            return "is an HDF5 file, as Keras writes; \(withKeras)"
        }
        if PyTorchFormat.isArchive(beginning), let names = try? WeightArchive(url).names {
            if names.contains(where: { $0.hasSuffix(".weights.h5") || $0 == "config.json" }) {
                return "is a model of Keras 3 (.keras, a zip archive with model.weights.h5); \(withKeras)"
            }
            if !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".npy") }) {
                return "is an archive of NumPy's arrays; save them as safetensors in Python: "
                    + "safetensors.numpy.save_file(dict(numpy.load(path)), other_path)"
            }
            return
                "is a zip archive without 'data.pkl', which PyTorch writes, and without 'model.weights.h5' of Keras; "
                + "unpack it and name the file of weights in it"
        }
        for (offset, magic, description) in otherFormats where beginning.dropFirst(offset).starts(with: magic.utf8) {
            return "is \(description)"
        }
        if beginning.starts(with: [0x1f, 0x8b]) { return "is compressed by gzip; unpack it" }
        if beginning.starts(with: [0x93] + Array("NUMPY".utf8)) {
            return "is a single array of NumPy; save the weights of the whole network, such as by safetensors"
        }
        if url.pathExtension.lowercased() == "onnx" {
            return "is an ONNX file, whose names are those of a graph; take the weights that it was exported from"
        }
        if beginning.first == UInt8(ascii: "{"), url.pathExtension.lowercased() == "json" {
            return "is JSON, such as the index of weights in several files; name the file of weights itself"
        }
        return FileStandIn(beginning).map { "is \($0.description); \($0.remedy)" }
    }
}

extension Registry {
    /// Opens a file of weights by the registered format that recognizes its content; see ``WeightLoader/open(_:state:)``.
    /// - Throws: `TensorFileError` if the file cannot be read, is incomplete, or has no registered format.
    public func openWeights(_ url: URL, state: String? = nil) throws -> any WeightFile {
        try WeightLoader(self).open(url, state: state)
    }

    /// Finds a name map by its registered name, or reads it from a file; see ``WeightLoader/nameMap(_:)``.
    /// - Throws: `OptionError` for a name that is neither, ``WeightError`` with the line for a file that is not a table.
    public func nameMap(_ name: String) throws -> NameMap { try WeightLoader(self).nameMap(name) }
}
