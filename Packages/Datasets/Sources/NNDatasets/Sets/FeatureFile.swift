import Foundation
import NNLayers

/// A safetensors file of features of a data set: a backbone's last feature map of each image, averaged over its
/// pixels.
///
/// For each split there are `SPLIT/features`, `[N, C]` in float32 or bfloat16, and `SPLIT/labels`: `[N]` int32 class
/// indices, or `[N, K]` float32 flags or values, of which NaN is unknown.
/// ``Description`` is stored as JSON in the metadata.
public struct FeatureFile: Sendable {
    /// The features of a split.
    public struct SplitFeatures: Sendable {
        /// `[N, C]`, float32 or bfloat16.
        public var features: Tensor
        /// `[N]` int32, or `[N, K]` float32.
        public var labels: Tensor
        /// The paths of the images, or other names for them.
        public var names: [String]

        /// - Parameters:
        ///   - features: `[N, C]`, float32 or bfloat16.
        ///   - labels: `[N]` int32, or `[N, K]` float32.
        ///   - names: N paths or other names of the images.
        public init(features: Tensor, labels: Tensor, names: [String]) {
            self.features = features
            self.labels = labels
            self.names = names
        }
    }

    /// How the features were made.
    public struct Description: Sendable, Codable, Equatable {
        /// The names of the classes.
        public var classNames: [String]
        /// The options of the backbone, as YAML.
        public var backbone: String
        /// A hash of the backbone's weights and statistics.
        public var weights: String
        /// How pixels were normalized.
        public var normalization: Normalization
        /// The transforms of each image, as YAML.
        public var transforms: [String]
        /// The name of the task of the labels; nil in older files, which are for classification.
        public var task: String?

        /// A description of these values, of labels for classification by default.
        public init(
            classNames: [String], backbone: String, weights: String, normalization: Normalization,
            transforms: [String], task: PredictionTask = .classification
        ) {
            // Left out for classification, so that older versions read the file.
            self.task = task == .classification ? nil : task.rawValue
            self.classNames = classNames
            self.backbone = backbone
            self.weights = weights
            self.normalization = normalization
            self.transforms = transforms
        }
    }

    /// How the features were made.
    public var description: Description
    /// The features of each split.
    public var splits: [Split: SplitFeatures]

    /// The content of a file.
    public init(description: Description, splits: [Split: SplitFeatures]) {
        self.description = description
        self.splits = splits
    }
}

extension FeatureFile {
    private enum Key {
        static let format = "format"
        static let version = "format_version"
        static let description = "description"
        static func names(_ split: Split) -> String { "names.\(split.rawValue)" }
    }

    private static let formatName = "nnkit.features"
    /// Raised when older programs could misread a file.
    private static let formatVersion = 1

    /// Writes the file atomically.
    /// - Throws: `TensorFileError` where it cannot be written.
    public func write(to url: URL) throws {
        var metadata = [
            Key.format: Self.formatName, Key.version: String(Self.formatVersion),
            Key.description: try Self.encode(description),
        ]
        var tensors: [(name: String, tensor: Tensor)] = []
        for split in Split.allCases {
            guard let part = splits[split] else { continue }
            tensors.append(("\(split.rawValue)/features", part.features))
            tensors.append(("\(split.rawValue)/labels", part.labels))
            metadata[Key.names(split)] = try Self.encode(part.names)
        }
        try SafetensorsFile.write(tensors: tensors, metadata: metadata, to: url)
    }

    /// Opens a file. The features are mapped into memory as they are used.
    /// - Throws: ``DatasetError`` where it is missing, damaged or of another kind.
    public init(contentsOf url: URL) throws(DatasetError) {
        do {
            let file = try SafetensorsFile(url)
            guard file.metadata[Key.format] == Self.formatName else { throw Failure("it is not a file of features") }
            guard let version = file.metadata[Key.version].flatMap({ Int($0) }), version <= Self.formatVersion else {
                throw Failure("its format version is \(file.metadata[Key.version] ?? "not stated")")
            }
            let description = try Self.decode(Description.self, from: file.metadata[Key.description])
            var splits: [Split: SplitFeatures] = [:]
            for split in Split.allCases where file.contains("\(split.rawValue)/features") {
                let part = SplitFeatures(
                    features: try file.tensor(named: "\(split.rawValue)/features"),
                    labels: try file.tensor(named: "\(split.rawValue)/labels"),
                    names: try Self.decode([String].self, from: file.metadata[Key.names(split)]))
                try part.check(split, classCount: description.classNames.count)
                splits[split] = part
            }
            self.init(description: description, splits: splits)
        } catch {
            throw DatasetError(
                place: url.path, reason: "it cannot be used as features: \(error)",
                remedy: "Make it with 'nn features'")
        }
    }

    private static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, from text: String?) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data((text ?? "").utf8))
    }
}

extension FeatureFile.SplitFeatures {
    /// Checks shapes, types and labels.
    fileprivate func check(_ split: Split, classCount: Int) throws {
        let labelsFit =
            labels.dataType == .int32
            ? labels.shape == [features.shape[0]]
            : labels.dataType == .float32 && labels.shape == [features.shape[0], classCount]
        guard features.shape.rank == 2, features.dataType.isFloatingPoint, features.elementCount > 0, labelsFit,
            names.count == features.shape[0]
        else {
            throw Failure(
                "features \(features.specification), labels \(labels.specification) and \(names.count) names of "
                    + "'\(split.rawValue)' do not fit together")
        }
        guard labels.dataType == .int32 else { return }
        let wrong = labels.withScalars(as: Int32.self) { $0.first { !(0..<Int32(classCount)).contains($0) } }
        if let wrong {
            throw Failure("the label \(wrong) of '\(split.rawValue)' is not in 0...\(classCount - 1)")
        }
    }
}

extension FeatureFile.SplitFeatures {
    /// The target of each sample.
    var targets: [Target] {
        if labels.dataType == .int32 { return labels.withScalars(as: Int32.self) { $0.map { .label(Int($0)) } } }
        let width = labels.shape[1]
        return labels.withScalars(as: Float.self) { values in
            (0..<labels.shape[0]).map { .values(TargetValues(Array(values[$0 * width..<($0 + 1) * width]))) }
        }
    }
}

private struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
