import Foundation
import NNCore

/// What the check of one sample found.
struct SampleFacts {
    var findings: [Finding] = []
    var isUsable = true
    /// Equal for equal pixels; nil for a sample that cannot be read.
    var imageHash: UInt64?
    /// The target; nil for a sample that cannot be read.
    var target: Target?
    /// The class of the image; nil for a mask and for values.
    var label: Int? { if case .label(let label) = target { label } else { nil } }
    /// How often each label occurs: once for the class of an image, or a number of pixels of a mask.
    var labelCounts: [Int: Int] = [:]
    var traits: ImageTraits = []
    /// The size of the image; nil for a sample that cannot be read, and for features.
    var size: Size?
    /// The sizes after the transforms; nil where they are not known.
    var transformedSizes: SizeRange?
    /// The colours that the palette of the mask shows its labels in; empty without one.
    var palette: [Int: Color] = [:]
}

/// Checks single samples of a split.
struct SampleCheck: Sendable {
    let dataset: any Dataset
    let split: Split
    /// The transforms that images must fit.
    var transforms: [any Transform] = []

    func callAsFunction(_ index: Int) -> SampleFacts {
        if let features = dataset.features { return facts(of: features, at: index) }
        var facts = SampleFacts()
        let files = dataset.files(at: index)
        if !files.isEmpty { facts.traits = ImageTraits(dataset.imageReader.facts(of: dataset, at: index)) }
        do {
            let sample = try dataset.sample(at: index)
            facts.imageHash = sample.image.contentHash
            facts.target = sample.target
            facts.size = sample.image.size
            defer {
                let image = sample.image
                carry(image.size, channels: image.channels, hasFloats: image.floats != nil, at: index, in: &facts)
            }
            if let finding = finding(ofFormOf: sample.target, at: index, file: files.first ?? sample.name) {
                facts.findings = [finding]
                return facts
            }
            switch sample.target {
            case .label(let label):
                facts.labelCounts = [label: 1]
                facts.findings = findings(ofLabel: label, at: index, file: files.first ?? sample.name)
            case .mask(let mask):
                let file = files.count > 1 ? files[1] : sample.name
                facts.findings = findings(ofFormOf: mask, at: index, file: file, image: sample.image)
                if facts.findings.isEmpty {
                    facts.labelCounts = mask.labelCounts(ignoring: nil)
                    facts.findings = findings(ofLabelsIn: mask, facts.labelCounts, at: index, file: file)
                    let shown = dataset.maskPalette(at: index) ?? [:]
                    facts.palette = shown.filter { facts.labelCounts[$0.key] != nil && $0.key != dataset.ignoreIndex }
                }
            case .values(let values):
                facts.labelCounts = dataset.labelKind == .flags ? values.flagCounts : [:]
                facts.findings = findings(of: values, at: index, file: files.first ?? sample.name)
            }
        } catch {
            facts.isUsable = false
            facts.findings = [UnusableSample(error, at: index, of: dataset).finding(split)]
        }
        return facts
    }

    /// Carries the channels, the bits and the size of an image through the transforms.
    func carry(_ size: Size, channels: Int, hasFloats: Bool, at index: Int, in facts: inout SampleFacts) {
        let file = dataset.files(at: index).first ?? "sample \(index) of \(split.rawValue)"
        func finding(_ kind: Finding.Kind, _ error: ImageError) -> Finding {
            Finding(
                .error, kind, split, sample: index, file: file,
                "the transforms of \(split.transformsKey) cannot take it: \(error.reason)", remedy: error.remedy)
        }
        for transform in transforms {
            guard let error = transform.refusal(channels: channels, hasFloats: hasFloats, name: file) else { continue }
            facts.findings.append(finding(.unfitImage, error))
            return
        }
        do {
            facts.transformedSizes = try transforms.sizes(of: size, name: file)
        } catch {
            facts.findings.append(finding(.unfitSize, error))
        }
    }

    /// The values of features are checked; their labels were when the file was opened.
    private func facts(of features: Tensor, at index: Int) -> SampleFacts {
        var facts = SampleFacts()
        facts.labelCounts = (try? dataset.labelCounts(at: index)) ?? [:]
        facts.target =
            dataset.labelKind == .classes
            ? facts.labelCounts.keys.first.map(Target.label) : try? dataset.target(at: index)
        if case .values(let values) = facts.target {
            facts.findings = findings(of: values, at: index, file: "sample \(index) of \(split.rawValue)")
        }
        facts.imageHash = features.withRow(index) { row in
            var hash = ContentHash()
            hash.add(row)
            return hash.value
        }
        if !features.isFinite(row: index) {
            facts.isUsable = false
            facts.findings = [
                Finding(
                    .error, .unreadable, split, sample: index, file: "sample \(index) of \(split.rawValue)",
                    "its features are not finite", remedy: "Make them again with 'nn features'")
            ]
        }
        return facts
    }

    /// The finding about a target of another kind than the data set declares.
    private func finding(ofFormOf target: Target, at index: Int, file: String) -> Finding? {
        if target.form.isOf(dataset.labelKind) { return nil }
        return Finding(
            .error, .labelOutOfRange, split, sample: index, file: file,
            "it has \(target.form), and its data set declares \(dataset.labelKind.noun)",
            remedy: "Declare the kind of labels by 'labelKind' of the data set")
    }

    private func findings(of values: TargetValues, at index: Int, file: String) -> [Finding] {
        guard let problem = values.problem(as: dataset.labelKind, names: dataset.classNames) else { return [] }
        return [
            Finding(
                .error, .labelOutOfRange, split, sample: index, file: file, problem.reason, remedy: problem.remedy)
        ]
    }

    private func isKnown(_ label: Int) -> Bool {
        0..<dataset.classNames.count ~= label || label == dataset.ignoreIndex
    }

    private var labelRange: String {
        "0...\(dataset.classNames.count - 1)" + (dataset.ignoreIndex.map { " and not the ignored \($0)" } ?? "")
    }

    private func findings(ofLabel label: Int, at index: Int, file: String) -> [Finding] {
        if isKnown(label) { return [] }
        return [
            Finding(
                .error, .labelOutOfRange, split, sample: index, file: file,
                "the label \(label) is not in \(labelRange)",
                remedy: "Fix the label, or the classes of the data set")
        ]
    }

    private func findings(ofFormOf mask: Image, at index: Int, file: String, image: Image) -> [Finding] {
        if mask.channels != 1 {
            return [
                Finding(
                    .error, .colorMask, split, sample: index, file: file,
                    "the mask has \(mask.channels) channels: it is an image in colours",
                    remedy: "Save the class indices as an 8-bit palette or grey PNG")
            ]
        }
        if mask.size != image.size {
            return [
                Finding(
                    .error, .sizeMismatch, split, sample: index, file: file,
                    "the mask has \(mask.size) pixels, its image \(image.size)",
                    remedy: "Give both one size, the mask without interpolation, or pair the right files")
            ]
        }
        return []
    }

    private func findings(ofLabelsIn mask: Image, _ counts: [Int: Int], at index: Int, file: String) -> [Finding] {
        let wrong = Set(counts.keys.filter { !isKnown($0) })
        guard !wrong.isEmpty, let place = mask.pixels.firstIndex(where: { wrong.contains(Int($0)) }) else { return [] }
        let pixel = Finding.Pixel(x: place % mask.width, y: place / mask.width, value: Int(mask.pixels[place]))
        let at = "at pixel (x \(pixel.x), y \(pixel.y))"
        if wrong == [255], Set(counts.keys).isSubset(of: [0, 255]) {
            return [
                Finding(
                    .error, .blackAndWhiteMask, split, sample: index, file: file,
                    "the mask holds 0 and 255, black and white, instead of class indices; 255 first \(at)",
                    remedy: Finding.blackAndWhiteRemedy, pixel: pixel)
            ]
        }
        let number = counts.reduce(0) { wrong.contains($1.key) ? $0 + $1.value : $0 }
        let others = number > 1 ? ", nor are those of \(number - 1) further pixels" : ""
        return [
            Finding(
                .error, .labelOutOfRange, split, sample: index, file: file,
                "the label \(pixel.value) \(at) is not in \(labelRange)\(others)",
                remedy: "Fix the mask, the classes or the ignored label of the data set", pixel: pixel)
        ]
    }
}

extension Image {
    /// Equal for images of equal size and pixels, and otherwise by a chance of 1 in 2^64.
    fileprivate var contentHash: UInt64 {
        var hash = ContentHash()
        hash.add("\(size) \(channels)")
        withUnsafeBytes { hash.add($0) }
        return hash.value
    }
}

extension Split {
    /// The key of a configuration with the transforms of the split.
    var transformsKey: String { self == .train ? "train_transforms" : "validation_transforms" }
}

/// Diagnoses a sample that a data set could not read.
struct UnusableSample {
    private let error: any Error
    private let index: Int
    private let dataset: any Dataset
    private let files: [String]
    private let reader: ImageReader

    init(_ error: any Error, at index: Int, of dataset: any Dataset) {
        self.error = error
        self.index = index
        self.dataset = dataset
        files = dataset.files(at: index)
        reader = dataset.imageReader
    }

    func finding(_ split: Split) -> Finding {
        func finding(_ kind: Finding.Kind, _ file: String, _ message: String, _ remedy: String) -> Finding {
            Finding(.error, kind, split, sample: index, file: file, message, remedy: remedy)
        }
        switch error {
        case let error as ImageError:
            let (kind, hint) = files.count > 1 && error.file == files[1] ? maskProblem : (.unreadable, "")
            let remedy = kind == .blackAndWhiteMask ? Finding.blackAndWhiteRemedy : error.remedy
            return finding(kind, error.file, error.reason + hint, remedy)
        case let error as DatasetError:
            return finding(.unreadable, error.place, error.reason, error.remedy)
        default:
            return finding(
                .unreadable, files.first ?? "sample \(index)", "\(error)",
                "Replace the file, or remove it from the data set")
        }
    }

    /// What is wrong with the mask, and what to add to the error's message.
    private var maskProblem: (kind: Finding.Kind, hint: String) {
        let size = (try? reader.image(encoded: dataset.bytes(ofFile: 0, at: index), file: files[0]))?.size
        guard let bytes = try? dataset.bytes(ofFile: 1, at: index) else { return (.unreadable, "") }
        guard let mask = try? reader.mask(encoded: bytes, file: files[1]) else {
            // A file that can be read as an image but not as a mask is intact and of the wrong kind.
            guard let image = try? reader.maskColors(encoded: bytes, file: files[1]) else { return (.unreadable, "") }
            if let size, image.size != size { return (.sizeMismatch, "") }
            return (.colorMask, "; the mask is \(image.colorText)")
        }
        if let size, mask.size != size { return (.sizeMismatch, "") }
        if Set(mask.labelCounts(ignoring: nil).keys).isSubset(of: [0, 255]) {
            return (.blackAndWhiteMask, "; the mask holds 0 and 255, black and white, instead of class indices")
        }
        return (.labelOutOfRange, "")
    }
}

extension Image {
    /// A description of an RGB image that is used as a mask.
    fileprivate var colorText: String {
        var colors: Set<Color> = []
        var isGrey = true
        for pixel in stride(from: 0, to: pixels.count, by: 3) where colors.count <= 256 {
            let color = Color(red: pixels[pixel], green: pixels[pixel + 1], blue: pixels[pixel + 2])
            colors.insert(color)
            isGrey = isGrey && color.red == color.green && color.red == color.blue
        }
        let count = colors.count > 256 ? "more than 256" : "\(colors.count)"
        return isGrey ? "a grey image of \(count) shades" : "an RGB image of \(count) colours"
    }
}
