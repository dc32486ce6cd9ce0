import Foundation
import NNCore
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// A configuration for a data set, with settings that its images, their number and the memory call for.
struct ConfigDraft {
    let layout: DataLayout
    let facts: DataFacts
    /// The backbone with its options.
    var backbone: ConfigNode
    /// The file of pretrained weights; nil for none.
    var weights: String?
    /// What pixels are normalized by.
    var normalization: Normalization
    /// Whether weights take the channels in the order blue, green, red.
    var isBGR = false
    /// The number of images in a batch.
    var batchSize: Int

    /// Whether the images are so small that the network must not reduce them at once; published weights are for larger ones,
    /// to which images are resized.
    private var isSmall: Bool { hasSmallImages && (weights == nil || backbone["type"]?.string == "resnet_cifar") }

    private let hasSmallImages: Bool

    /// Images up to this size are for networks that reduce them late.
    private static let smallSide = 64

    /// - Parameters:
    ///   - backbone: The backbone; nil to choose one by the size of the images.
    ///   - weights: The file of pretrained weights; nil for none.
    init(_ layout: DataLayout, _ facts: DataFacts, backbone: ConfigNode?, weights: String?) {
        self.layout = layout
        self.facts = facts
        self.weights = weights
        hasSmallImages = max(facts.heights.median, facts.widths.median) <= Self.smallSide
        let isSmall = hasSmallImages && weights == nil
        self.backbone =
            backbone ?? (isSmall ? ["type": "resnet_cifar", "depth": 20] : ["type": "resnet", "depth": 18])
        normalization = facts.normalization
        // At least a few steps in each epoch.
        let usual = facts.task.isDense ? 8 : isSmall ? 64 : 32
        batchSize = Self.powerOfTwo(upTo: min(usual, max(facts.count / 5, 2)))
    }

    private static func powerOfTwo(upTo limit: Int) -> Int {
        var power = 1
        while power * 2 <= limit { power *= 2 }
        return power
    }

    /// The network named by words such as `resnet50`, or by a name of the registry.
    static func backbone(named text: String, _ registry: Registry) -> ConfigNode {
        let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }.count
        let (name, depth) = (String(text.dropLast(digits)), Int(text.suffix(digits)))
        guard !registry.names(of: .backbone).contains(text), let depth else { return ConfigNode(.string(text)) }
        return ["type": ConfigNode(.string(name)), "depth": ConfigNode(.integer(depth))]
    }

    /// Halves the batch until training fits into half of the memory.
    mutating func fit(_ memory: MemoryEstimate, available: Int) {
        let each = memory.activations / max(batchSize, 1)
        while batchSize > 1, memory.total - memory.activations + each * batchSize > available / 2 { batchSize /= 2 }
    }
}

extension ConfigDraft {
    /// The number of epochs: more for few images.
    private var epochs: Int {
        let epochs = facts.count < 2_000 ? 60 : facts.count < 20_000 ? 40 : 20
        return weights == nil ? epochs : epochs / 2
    }

    private var optimizer: String {
        if facts.task.isDense || facts.task.labels != .classes {
            return "{type: adamw, lr: \(weights == nil ? "1.0e-3" : "2.0e-4")}"
        }
        // In proportion to the batch: 0.1 for 256 images of a usual size, and more for small ones.
        let rate = (isSmall ? 0.1 / 128 : 0.1 / 256) * Double(batchSize) * (weights == nil ? 1 : 0.2)
        return
            "{type: sgd, lr: \(max(rate, 0.001).significant(2)), momentum: 0.9, nesterov: true, weight_decay: 5.0e-4}"
    }

    /// The transforms of training and of validation, one on each line.
    private var transforms: (train: [String], validation: [String]) {
        let exchange = isBGR ? ["to_bgr"] : []
        if facts.task.isDense {
            let side = min(facts.heights.median, facts.widths.median, 256) / 32 * 32
            let scale = side >= 128 ? ["random_scale  # 0.5 to 2"] : []
            return (scale + ["{type: random_crop, size: \(max(side, 32))}", "flip"] + exchange, exchange)
        }
        if isSmall {
            let isFixed =
                facts.heights.minimum == facts.heights.maximum && facts.widths.minimum == facts.widths.maximum
            let side = max(facts.heights.median, facts.widths.median) <= 40 ? 32 : 64
            let size = isFixed ? Size(height: facts.heights.median, width: facts.widths.median) : Size(side)
            let text = size.height == size.width ? "\(size.height)" : "[\(size.height), \(size.width)]"
            let resize = isFixed ? [] : ["{type: resize, size: \(text)}"]
            let padding = max(min(size.height, size.width) / 8, 1)
            return (
                resize + ["{type: pad_crop, padding: \(padding), size: \(text)}", "flip"] + exchange, resize + exchange
            )
        }
        let side = min(facts.heights.median, facts.widths.median) >= 160 || weights != nil ? 224 : 128
        return (
            ["{type: random_resized_crop, size: \(side)}", "flip"] + exchange,
            ["{type: resize, size: \(side * 8 / 7), keeps_aspect_ratio: true}", "{type: center_crop, size: \(side)}"]
                + exchange
        )
    }

    /// A value on one line of YAML, with quotes around texts that have a meaning in such a line.
    private static func flow(_ node: ConfigNode) -> String {
        switch node.content {
        case .mapping(let entries): "{\(entries.map { "\($0.key): \(flow($0.value))" }.joined(separator: ", "))}"
        case .sequence(let elements): "[\(elements.map(flow).joined(separator: ", "))]"
        case .string(let text) where text.contains(where: { "{}[],#:&*!|>'\"%@`?".contains($0) }):
            "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        default: YAMLWriter.write(node).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private func list(_ key: String, _ values: [String]) -> [String] {
        values.isEmpty ? [] : ["  \(key):"] + values.map { "    - \($0)" }
    }

    /// The YAML of the file.
    /// - Parameter title: The lines of comment at its beginning.
    func yaml(title: [String]) -> String {
        func numbers(_ values: [Float]) -> String { "[\(values.map { $0.fixed(4) }.joined(separator: ", "))]" }
        let isClassifier = facts.task.labels == .classes && !facts.task.isDense
        var lines = title.map { $0.isEmpty ? "#" : "# \($0)" }
        lines += [
            "model:", "  backbone: \(Self.flow(backbone))", "  head: \(facts.task.isDense ? "unet" : "classifier")",
        ]
        if let weights {
            let file = Self.flow(ConfigNode(.string(weights)))
            lines.append("  weights: " + (facts.task.isDense ? "{file: \(file), part: backbone}" : "{file: \(file)}"))
        }
        lines += ["", "data:", "  dataset: \(Self.flow(layout.dataset))"]
        lines += layout.notes.map { "  # \($0)" }
        if !facts.hasValidation {
            lines.append("  split: {validation: \(facts.count < 10_000 ? 0.2 : 0.1)}  # the same images for every seed")
        }
        let (train, validation) = transforms
        lines += list("train_transforms", train)
        if train.contains("flip") {
            lines.append("  # leave 'flip' out where left and right differ, as in digits and text")
        }
        lines += list("validation_transforms", validation)
        let source =
            weights == nil || normalization == facts.normalization ? "measured from the images" : "of the weights"
        lines += [
            "  normalize:  # \(source)", "    mean: \(numbers(normalization.mean))",
            "    standard_deviation: \(numbers(normalization.standardDeviation))", "  batch_size: \(batchSize)",
        ]
        if facts.task.isDense, facts.heights.median * facts.widths.median > 512 * 512 {
            lines.append("  validation_batch_size: 1  # whole images")
        }
        if isClassifier, facts.imbalance >= 5 {
            lines.append(
                "  sampler: balanced  # the largest class has \(Int(facts.imbalance)) times as many images as the smallest"
            )
        }
        let warmup = min(3, max(epochs / 10, 1))
        lines += [
            "", "optimizer: \(optimizer)", "schedule: {type: cosine, warmup_epochs: \(warmup)}", "epochs: \(epochs)",
        ]
        if isClassifier, facts.imbalance >= 5 {
            lines.append("training: {metrics: [classification]}  # balanced accuracy, and F1 of each class")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
