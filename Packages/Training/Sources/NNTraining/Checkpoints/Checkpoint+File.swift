import Foundation
@_spi(Internal) import NNDatasets
import NNLayers
import NNOptimizers
import NNWeights

extension Checkpoint {
    /// The keys of the file's metadata.
    private enum Key {
        static let format = "format"
        static let version = "format_version"
        static let information = "information"
        static let scalars = "scalars"
        static let checksum = "checksum"
        static let quantization = "quantization"
    }

    static let formatName = "nnkit.checkpoint"
    /// Must be raised when older programs could misread a file.
    private static let formatVersion = 2
    /// The version of files without quantized weights.
    private static let plainVersion = 1
    private static let trainingPrefix = "training/"
    /// Averaged weights, with which a network predicts.
    private static let averagePrefix = trainingPrefix + averageName
    /// The scales of quantized weights, which are bytes under their usual names.
    private static let scalesPrefix = "scales/"

    /// How a layer rounds what it reads.
    private struct Rounding: Codable {
        var input: AffineQuantization
        var residual: AffineQuantization?
    }

    private static func weightName(of layer: String) -> String { layer.isEmpty ? "weight" : layer + ".weight" }

    /// Writes the checkpoint to a file, which appears under its name only when it is complete: whatever fails, an
    /// older file of the name stays as it was.
    /// - Throws: ``CheckpointError`` where the file cannot be written, as on a full disk.
    public func write(to url: URL) throws(CheckpointError) {
        let bytes = Dictionary(
            uniqueKeysWithValues: quantization.map { (Self.weightName(of: $0.key), $0.value.weight.bytes) })
        var tensors = weights.entries.map { ($0.name, bytes[$0.name] ?? $0.tensor) }
        for (name, form) in quantization.sorted(by: { $0.key < $1.key }) {
            tensors.append((Self.scalesPrefix + name, form.weight.scales))
        }
        for (name, tensor) in trainingState.tensors.sorted(by: { $0.key < $1.key }) {
            tensors.append((Self.trainingPrefix + name, tensor))
        }
        do {
            var metadata = [
                Key.format: Self.formatName,
                Key.version: String(quantization.isEmpty ? Self.plainVersion : Self.formatVersion),
                Key.information: try Self.encode(information), Key.scalars: try Self.encode(trainingState.scalars),
            ]
            if !quantization.isEmpty {
                metadata[Key.quantization] = try Self.encode(
                    quantization.mapValues { Rounding(input: $0.input, residual: $0.residual) })
            }
            metadata[Key.checksum] = Self.checksum(of: tensors, metadata)
            try SafetensorsFile.write(tensors: tensors, metadata: metadata, to: url)
        } catch {
            // The reason tells what to do on a full disk.
            let failure = (error as? TensorFileError).flatMap { $0.tensor == nil ? $0 : nil }
            throw CheckpointError(
                file: url, reason: "the checkpoint " + (failure?.reason ?? "cannot be written: \(error)"),
                remedy: "an older checkpoint of this name is kept")
        }
    }

    /// Reads and verifies a file.
    /// - Throws: ``CheckpointError`` where the file is missing, damaged, or not a checkpoint.
    public init(contentsOf url: URL) throws(CheckpointError) { try self.init(contentsOf: url, isForTraining: true) }

    /// Reads and verifies a file.
    /// - Parameter isForTraining: Whether the state of the optimizer is needed, which has the size of the weights; it
    ///   is verified and left in the file otherwise.
    init(contentsOf url: URL, isForTraining: Bool) throws(CheckpointError) {
        func failure(_ reason: String, _ remedy: String) -> CheckpointError {
            CheckpointError(file: url, reason: reason, remedy: remedy)
        }
        let file: SafetensorsFile
        do {
            file = try SafetensorsFile(url)
        } catch {
            throw failure("it cannot be read as a checkpoint: \(error)", "use another checkpoint of the run")
        }
        guard file.metadata[Key.format] == Self.formatName else {
            throw failure(
                "it is a safetensors file, but not a checkpoint of a run", "name a checkpoint of a run folder")
        }
        guard let version = file.metadata[Key.version].flatMap({ Int($0) }), version <= Self.formatVersion else {
            throw failure(
                "its format version is \(file.metadata[Key.version] ?? "not stated"), this program knows "
                    + "\(Self.formatVersion)", "use a newer version of this program")
        }
        do {
            // Copies, so that changes of the file do not change the tensors.
            let tensors = try file.names.map { name in
                let stored = try file.tensor(named: name)
                let isState = name.hasPrefix(Self.trainingPrefix) && !name.hasPrefix(Self.averagePrefix)
                return (name, isState && !isForTraining ? stored : stored.copied)
            }
            var metadata = file.metadata
            let checksum = metadata.removeValue(forKey: Key.checksum)
            guard checksum == Self.checksum(of: tensors, metadata) else {
                throw failure("its content is damaged: the checksum differs", "use another checkpoint of the run")
            }
            var state = SavedState(scalars: try Self.decode([String: Double].self, from: metadata[Key.scalars]))
            var weights: [StateDictionary.Entry] = []
            let forms = try Self.quantization(of: Dictionary(uniqueKeysWithValues: tensors), metadata[Key.quantization])
            let rounded = Dictionary(
                uniqueKeysWithValues: forms.map { (Self.weightName(of: $0.key), $0.value.weight.dequantized) })
            for (name, tensor) in tensors where !name.hasPrefix(Self.scalesPrefix) {
                if name.hasPrefix(Self.trainingPrefix) {
                    state.tensors[String(name.dropFirst(Self.trainingPrefix.count))] = tensor
                } else {
                    weights.append(.init(name: name, tensor: rounded[name] ?? tensor))
                }
            }
            self.init(
                weights: StateDictionary(weights), quantization: forms, trainingState: state,
                information: try Self.decode(CheckpointInformation.self, from: metadata[Key.information]), file: url)
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw failure("its content is invalid: \(error)", "use another checkpoint of the run")
        }
    }

    /// The 8-bit forms of layers.
    /// - Parameter text: The rounding of each layer as JSON; nil where none is quantized.
    private static func quantization(
        of tensors: [String: Tensor], _ text: String?
    ) throws -> [String: LayerQuantization] {
        guard let text else { return [:] }
        return try Dictionary(
            uniqueKeysWithValues: decode([String: Rounding].self, from: text).map { name, rounding in
                guard let bytes = tensors[weightName(of: name)], let scales = tensors[scalesPrefix + name],
                    bytes.dataType == .uint8, bytes.rank > 0,
                    scales.specification == TensorSpecification(shape: [bytes.shape[0]])
                else { throw InvalidQuantization(layer: name) }
                let weight = QuantizedWeight(bytes: bytes, scales: scales)
                return (name, LayerQuantization(weight: weight, input: rounding.input, residual: rounding.residual))
            })
    }

    private struct InvalidQuantization: Error, CustomStringConvertible {
        let layer: String
        var description: String { "the bytes and scales of the layer '\(layer)' do not fit each other" }
    }

    /// The information of a file without its tensors; nil for a file that is no checkpoint.
    static func information(of url: URL) -> CheckpointInformation? {
        guard let file = try? SafetensorsFile(url), file.metadata[Key.format] == formatName else { return nil }
        return try? decode(CheckpointInformation.self, from: file.metadata[Key.information])
    }

    /// A hash of everything in the file but the checksum itself, independent of the order in the file.
    private static func checksum(of tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String]) -> String {
        var hash = ContentHash()
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            hash.add(key)
            hash.add(value)
        }
        for (name, tensor) in tensors.sorted(by: { $0.name < $1.name }) {
            hash.add(name)
            hash.add("\(tensor.specification)")
            tensor.withUnsafeBytes { hash.add($0) }
        }
        return hash.text
    }

    // Scores may be infinite or NaN, for which JSON has no literals.
    private static let infinity = (positive: "inf", negative: "-inf", nan: "nan")

    private static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: infinity.positive, negativeInfinity: infinity.negative, nan: infinity.nan)
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, from text: String?) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: infinity.positive, negativeInfinity: infinity.negative, nan: infinity.nan)
        return try decoder.decode(type, from: Data((text ?? "").utf8))
    }
}

extension Tensor {
    /// A copy with its own memory.
    fileprivate var copied: Tensor {
        var copy = self
        copy.withUnsafeMutableBytes { _ in }
        return copy
    }
}

/// Checkpoints as files of weights to predict with: averaged ones if the run kept an average.
struct CheckpointFormat: WeightFormat {
    let fileExtensions = ["safetensors"]

    /// Whether a file is safetensors with a checkpoint's metadata at its beginning.
    func recognizes(_ beginning: [UInt8]) -> Bool {
        SafetensorsFormat().recognizes(beginning)
            && String(decoding: beginning, as: UTF8.self).contains("\"\(Checkpoint.formatName)\"")
    }

    func open(_ url: URL) throws(TensorFileError) -> any WeightFile {
        do {
            return CheckpointWeights(url: url, weights: try Checkpoint(contentsOf: url).weightsForInference)
        } catch {
            throw TensorFileError(.malformed, file: url, reason: error.reason)
        }
    }
}

private struct CheckpointWeights: WeightFile {
    let url: URL
    let weights: StateDictionary
    var metadata: [String: String] { [:] }

    var entries: [WeightEntry] {
        weights.entries.map {
            WeightEntry(name: $0.name, shape: $0.tensor.shape, storedType: "\($0.tensor.dataType)")
        }
    }

    func tensor(named name: String) throws(TensorFileError) -> Tensor {
        guard let tensor = weights[name] else {
            throw TensorFileError(.missingTensor, file: url, tensor: name, reason: "is not in the file")
        }
        return tensor
    }
}
