import NNLayers

/// Writes the steps that prepare images, from their bytes to what the network takes, as nodes.
///
/// Steps work on whole bytes, so what is calculated is rounded: that makes the results those of the transforms, but for
/// single pixels that lie between two values.
struct PreparationWriter {
    private let graph: ONNXGraph
    /// The name of the images: `[N, C, H, W]` in float32, from 0 to 255.
    private var images: String

    /// - Parameter input: The name of the images `[N, H, W, C]` in uint8.
    init(_ graph: ONNXGraph, input: String) {
        self.graph = graph
        let numbers = graph.add("Cast", [input], ["to": .int(DataType.float32.messageType.rawValue)])
        images = graph.add("Transpose", [numbers], ["perm": .ints(ONNXValue.imageOrder)])
    }

    /// Writes the steps and the normalization, and returns the name of the result.
    /// - Throws: ``ONNXExportError`` for a step that nodes cannot express.
    static func write(_ description: ExportDescription, input: String, to graph: ONNXGraph) throws -> String {
        var writer = PreparationWriter(graph, input: input)
        for step in description.preparation { try writer.write(step) }
        let scale = description.standardDeviation.map { 1 / (255 * $0) }
        let offset = zip(description.mean, description.standardDeviation).map { -$0 / $1 }
        let shape: Shape = [scale.count, 1, 1]
        let scaled = graph.add(
            "Mul", [writer.images, graph.initializer(Tensor(scale, shape: shape), name: "pixel_scale")])
        return graph.add("Add", [scaled, graph.initializer(Tensor(offset, shape: shape), name: "pixel_offset")])
    }

    private mutating func write(_ step: ImagePreparation) throws {
        switch step {
        case .resize(let size, let filter):
            try resize(graph.integers([size.height]), graph.integers([size.width]), filter)
        case .resizeShorterSide(let side, let filter):
            let (height, width) = (length(2), length(3))
            let shorter = graph.add("Min", [height, width])
            // (2 · length · side + shorter) / (2 · shorter), which is rounded.
            func scaled(_ length: String) -> String {
                let product = graph.add("Mul", [length, graph.integers([2 * side])])
                return graph.add(
                    "Div", [graph.add("Add", [product, shorter]), graph.add("Mul", [shorter, graph.integers([2])])])
            }
            try resize(scaled(height), scaled(width), filter)
        case .centerCrop(let size):
            let crop = graph.integers([size.height, size.width])
            let rest = graph.add("Sub", [graph.add("Concat", [length(2), length(3)], ["axis": .int(0)]), crop])
            let start = graph.add("Div", [rest, graph.integers([2])])
            images = graph.add("Slice", [images, start, graph.add("Add", [start, crop]), graph.integers([2, 3])])
        case .pad(let size, let isCentered, let fill):
            images = padded(isCentered, fill) { graph.integers([$0 == 2 ? size.height : size.width]) }
        case .padToMultiple(let divisor, let isCentered, let fill):
            let step = graph.integers([divisor])
            images = padded(isCentered, fill) { axis in
                let above = graph.add("Add", [length(axis), graph.integers([divisor - 1])])
                return graph.add("Mul", [graph.add("Div", [above, step]), step])
            }
        case .grayscale:
            let luma = graph.initializer(Tensor([0.299, 0.587, 0.114] as [Float], shape: [3, 1, 1]), name: "luma")
            let sum = graph.add(
                "ReduceSum", [graph.add("Mul", [images, luma]), graph.integers([1])], ["keepdims": .int(1)])
            let grey = rounded(sum)
            images = graph.add("Concat", [grey, grey, grey], ["axis": .int(1)])
        case .exchangeRedAndBlue:
            images = graph.add("Gather", [images, graph.integers([2, 1, 0])], ["axis": .int(1)])
        case .other(let text): throw Self.refusal("the transform \(text)")
        }
    }

    private static func refusal(_ subject: String) -> ONNXExportError {
        ONNXExportError(
            "\(subject) of 'validation_transforms' cannot be written as nodes; export without the preprocessing, and "
                + "prepare images as the file's metadata 'preparation' says")
    }

    /// The length of an axis, `[1]` in int64.
    private func length(_ axis: Int) -> String {
        graph.add("Shape", [images], ["start": .int(axis), "end": .int(axis + 1)])
    }

    /// Numbers as bytes.
    private func rounded(_ name: String) -> String {
        let inside = graph.add("Clip", [name, graph.number(0), graph.number(255)])
        return graph.add("Floor", [graph.add("Add", [inside, graph.number(0.5)])])
    }

    /// Resizes one side after the other, as the transforms do.
    private mutating func resize(_ height: String, _ width: String, _ filter: ImagePreparation.Filter) throws {
        var attributes: [String: ONNXAttribute] = [
            "coordinate_transformation_mode": .text("half_pixel"), "antialias": .int(filter.antialias ? 1 : 0),
            // At the edges filters are cut off.
            "exclude_outside": .int(1),
        ]
        switch filter.interpolation {
        case "bilinear": attributes["mode"] = .text("linear")
        case "bicubic":
            attributes["mode"] = .text("cubic")
            attributes["cubic_coeff_a"] = .float(-0.5)
        default:
            throw Self.refusal(
                "the filter '\(filter.interpolation)' of the transform 'resize' (bilinear and bicubic can)")
        }
        func resize(_ name: String, _ axis: Int, to length: String) -> String {
            var all = attributes
            all["axes"] = .ints([axis])
            return rounded(graph.add("Resize", [name, "", "", length], all))
        }
        // To a length that it has already, nothing is changed.
        let first = graph.add("Where", [isHeightFirst(height, width), height, length(2)])
        images = resize(resize(resize(images, 2, to: first), 3, to: width), 2, to: height)
    }

    /// Whether the height is resized before the width: the rule of `Image.resized` in NNDatasets.
    private func isHeightFirst(_ newHeight: String, _ newWidth: String) -> String {
        func number(_ length: String) -> String {
            graph.add("Cast", [length], ["to": .int(DataType.float32.messageType.rawValue)])
        }
        let (height, width) = (number(length(2)), number(length(3)))
        let target = number(newHeight)
        let rows = graph.add("Div", [height, target])
        let columns = graph.add("Div", [width, number(newWidth)])
        let perColumn = graph.add("Max", [columns, graph.number(1)])
        let widthFirst = graph.add("Mul", [height, graph.add("Add", [perColumn, graph.number(1)])])
        let heightFirst = graph.add(
            "Mul", [target, graph.add("Add", [graph.add("Mul", [columns, rows]), perColumn])])
        let saves = graph.add("Less", [heightFirst, graph.add("Mul", [widthFirst, graph.number(0.9)])])
        return graph.add("And", [graph.add("Greater", [rows, graph.number(1)]), saves])
    }

    private func padded(_ isCentered: Bool, _ fill: UInt8, to target: (Int) -> String) -> String {
        var (before, after): ([String], [String]) = ([], [])
        for axis in [2, 3] {
            let added = graph.add(
                "Max", [graph.add("Sub", [target(axis), length(axis)]), graph.integers([0])])
            let first = isCentered ? graph.add("Div", [added, graph.integers([2])]) : graph.integers([0])
            before.append(first)
            after.append(graph.add("Sub", [added, first]))
        }
        let none = graph.integers([0, 0])
        let pads = graph.add("Concat", [none] + before + [none] + after, ["axis": .int(0)])
        return graph.add("Pad", [images, pads, graph.number(Float(fill))])
    }
}
