/// What the training split and the others have in common, or should.
struct SplitComparison {
    private let training: SplitCheck?
    private let others: [SplitCheck]

    init(_ checks: [SplitCheck]) {
        training = checks.first { $0.split == .train }
        others = checks.filter { $0.split != .train }
    }

    /// Classes that are trained and not scored, and images of colours in one split and of greys in another.
    func findings() -> [Finding] {
        guard let training else { return [] }
        return others.flatMap { other in
            [unscoredClasses(training, other), colors(training, other)].compactMap { $0 }
        }
    }

    private static let shownNames = 5

    private func unscoredClasses(_ training: SplitCheck, _ other: SplitCheck) -> Finding? {
        // The labels of a test split may be kept secret.
        guard training.dataset.labelKind != .values, other.labelCounts.keys.contains(where: training.isClass)
        else { return nil }
        let names = training.dataset.classNames
        let missing = names.indices.filter {
            training.labelCounts[$0, default: 0] > 0 && other.labelCounts[$0, default: 0] == 0
        }
        guard let first = missing.first else { return nil }
        let list = missing.prefix(Self.shownNames).map { "'\(names[$0])'" }.joined(separator: ", ")
        let rest = missing.count > Self.shownNames ? " and \(missing.count - Self.shownNames) others" : ""
        // Against a single class nothing can be told apart, and scores such as the area under a curve are undefined.
        let present = names.indices.count { other.labelCounts[$0, default: 0] > 0 }
        return Finding(
            present == 1 && training.dataset.labelKind == .classes ? .warning : .note, .missingClass, other.split,
            file: "class \(first), '\(names[first])'",
            missing.count == 1
                ? "no \(other.split.rawValue) sample has it, so that its scores are undefined"
                : "no \(other.split.rawValue) sample has any of \(list)\(rest), so that their scores are undefined",
            remedy: "Add samples, or compare only means over the same classes")
    }

    private func colors(_ training: SplitCheck, _ other: SplitCheck) -> Finding? {
        guard training.dataset.imageReader.channels == 3, let isGrey = training.isGrey, let otherIsGrey = other.isGrey,
            isGrey != otherIsGrey
        else { return nil }
        func text(_ isGrey: Bool) -> String { isGrey ? "grey" : "colour" }
        return Finding(
            .warning, .unusualImage, other.split, file: other.place(of: 0),
            "all images of \(other.split.rawValue) are \(text(otherIsGrey)), and all of training \(text(isGrey))",
            remedy: "Set 'channels: 1' of the data set to read both as grey, or use images of the same kind")
    }
}

extension SplitCheck {
    fileprivate func isClass(_ label: Int) -> Bool { dataset.classNames.indices.contains(label) }

    /// Whether all images are grey; nil if some are, and without image files.
    fileprivate var isGrey: Bool? {
        let count = traits.count { $0.contains(.grey) }
        guard dataset.count > 0, !dataset.files(at: 0).isEmpty else { return nil }
        return count == 0 ? false : count == traits.count ? true : nil
    }
}
