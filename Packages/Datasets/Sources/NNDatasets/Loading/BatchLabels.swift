import CNNImages
import NNLayers

extension BatchAssembler {
    /// Writes the label, the mask or the values of a sample to its row.
    func write(_ sample: Sample, to row: UnsafeMutableRawBufferPointer) throws(ImageError) {
        guard case .values(let values) = sample.target else {
            return try write(sample, to: row.bindMemory(to: Int32.self))
        }
        if let problem = values.problem(as: dataset.labelKind, names: dataset.classNames) {
            throw ImageError(file: sample.name, reason: problem.reason, remedy: problem.remedy)
        }
        values.floats.withUnsafeBytes { row.copyMemory(from: $0) }
    }

    private func write(_ sample: Sample, to labels: UnsafeMutableBufferPointer<Int32>) throws(ImageError) {
        let classCount = dataset.classNames.count
        let wrong: Int?
        switch sample.target {
        case .label(let label):
            labels[0] = Int32(truncatingIfNeeded: label)
            wrong = 0..<classCount ~= label || label == dataset.ignoreIndex ? nil : label
        case .mask(let mask):
            guard mask.size == sample.image.size, mask.channels == 1 else {
                throw ImageError(
                    file: sample.name,
                    reason:
                        "its mask has \(mask.size) pixels of \(mask.channels) channels, the image \(sample.image.size)",
                    remedy: "Give the mask one channel and the size of the image")
            }
            let found = nn_widen_labels(
                labels.baseAddress!, mask.pixels, Int64(mask.size.area), Int32(classCount),
                Int32(dataset.ignoreIndex ?? -1))
            wrong = found < 0 ? nil : Int(found)
        case .values: return
        }
        if let wrong {
            throw ImageError(
                file: sample.name, reason: "the label \(wrong) is not in 0...\(classCount - 1)",
                remedy: "Fix the label, or the classes of the data set")
        }
    }
}

extension Target {
    /// Memory for the labels of `count` samples like this one.
    func labels(count: Int, imageSize size: Size) -> Tensor {
        switch self {
        case .label: Tensor(uninitialized: [count], dataType: .int32)
        case .mask: Tensor(uninitialized: [count, size.height, size.width], dataType: .int32)
        case .values(let values):
            Tensor(uninitialized: Shape([count] + values.shape.dimensions), dataType: .float32)
        }
    }
}

extension TargetValues {
    /// What is wrong with values of a data set, and what to do about it; nil if nothing is.
    func problem(as kind: LabelKind, names: [String]) -> (reason: String, remedy: String)? {
        if shape.rank == 1, floats.count != names.count {
            return (
                "it has \(floats.count) values, and its data set \(names.count) names",
                "Give each sample a value for each name"
            )
        }
        func name(_ index: Int) -> String { shape.rank == 1 ? "'\(names[index])'" : "number \(index)" }
        if let index = floats.firstIndex(where: \.isInfinite) {
            return ("its value \(name(index)) is infinite", "Fix the value, or leave it out as unknown")
        }
        if kind == .flags, let index = floats.firstIndex(where: { $0 != 0 && $0 != 1 && !$0.isNaN }) {
            return (
                "its label \(name(index)) is \(floats[index]), not 0 or 1",
                "Fix the label, or declare numbers for regression"
            )
        }
        return nil
    }
}
