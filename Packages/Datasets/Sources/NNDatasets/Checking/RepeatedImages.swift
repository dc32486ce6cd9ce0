import NNCore

/// Finds equal images, within a split and across splits.
struct RepeatedImages {
    /// The position of an image.
    private struct Place {
        let split: Int
        let index: Int
    }

    private let splits: [SplitCheck]

    /// - Parameter splits: The training split first, if there is one.
    init(_ splits: [SplitCheck]) { self.splits = splits }

    /// Images that two splits share, that have two labels, or that are in a split several times.
    func findings() -> [Finding] {
        var firsts: [UInt64: Place] = [:]
        var findings: [Finding] = []
        for (number, split) in splits.enumerated() {
            var repetitions: [(first: Place, index: Int)] = []
            for (index, hash) in split.imageHashes.enumerated() {
                guard let hash else { continue }
                let place = Place(split: number, index: index)
                guard let first = firsts[hash] else {
                    firsts[hash] = place
                    continue
                }
                guard !isTheSameSample(first, place), areEqual(first, place) else { continue }
                if first.split != number {
                    findings.append(shared(first, place))
                } else if label(first) != label(place) {
                    findings.append(contradiction(first, place))
                } else {
                    repetitions.append((first, index))
                }
            }
            if let (first, index) = repetitions.first { findings.append(repeated(first, index, repetitions.count)) }
        }
        return findings
    }

    private func label(_ place: Place) -> Target? { splits[place.split].labels[place.index] }
    private func file(_ place: Place) -> String { splits[place.split].place(of: place.index) }

    /// Whether two splits are one list of files, as validation and test are for a data set without a labelled test
    /// split. Training images should be in no other split, whatever the reason.
    private func isTheSameSample(_ left: Place, _ right: Place) -> Bool {
        guard splits[left.split].split != .train, left.split != right.split else { return false }
        let files = splits[left.split].dataset.files(at: left.index)
        return !files.isEmpty && files == splits[right.split].dataset.files(at: right.index)
    }

    /// Compares the pixels, as equal hashes are only a strong hint.
    private func areEqual(_ left: Place, _ right: Place) -> Bool {
        let (dataset, other) = (splits[left.split].dataset, splits[right.split].dataset)
        if let features = dataset.features, let others = other.features {
            return features.withRow(left.index) { first in
                others.withRow(right.index) { first.elementsEqual($0) }
            }
        }
        guard let first = try? dataset.sample(at: left.index),
            let second = try? other.sample(at: right.index)
        else { return false }
        return first.image == second.image
    }

    private func shared(_ first: Place, _ second: Place) -> Finding {
        Finding(
            .warning, .sharedImage, splits[second.split].split, sample: second.index, file: file(second),
            "the same image is in the \(splits[first.split].split.rawValue) split: \(file(first))",
            remedy: "Remove one of them; a network cannot be evaluated on its training images")
    }

    private func contradiction(_ first: Place, _ second: Place) -> Finding {
        let split = splits[second.split]
        func name(_ place: Place) -> String {
            label(place)?.text(names: split.dataset.classNames, kind: split.dataset.labelKind) ?? "a mask"
        }
        return Finding(
            .warning, .contradiction, split.split, sample: second.index, file: file(second),
            "the image is labelled '\(name(second))', and the same image '\(name(first))': \(file(first))",
            remedy: "Keep the one with the right label")
    }

    private func repeated(_ first: Place, _ index: Int, _ count: Int) -> Finding {
        let split = splits[first.split]
        let others = count == 1 ? "" : "; as are \(count - 1) further images"
        return Finding(
            .note, .repeatedImage, split.split, sample: index, file: split.place(of: index),
            "the same image is in the split twice: \(file(first))\(others)",
            remedy: "Remove one of them, unless it should count more")
    }
}
