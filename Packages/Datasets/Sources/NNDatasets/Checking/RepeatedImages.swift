import NNCore

/// Finds equal pictures, within a split and across splits.
struct RepeatedImages {
    /// A picture that was seen, with where.
    private struct Place {
        let split: Int
        let index: Int
    }

    private let splits: [SplitCheck]

    /// - Parameter splits: the training split first, where there is one.
    init(_ splits: [SplitCheck]) { self.splits = splits }

    /// Pictures that two splits share, that have two labels, or that occur several times in a split.
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

    private func label(_ place: Place) -> Int? { splits[place.split].labels[place.index] }
    private func file(_ place: Place) -> String { splits[place.split].place(of: place.index) }

    /// Whether two splits are one list of files, as validation and test are where a data set has no labelled test
    /// split. What is trained on should be in no other split, however it comes there.
    private func isTheSameSample(_ left: Place, _ right: Place) -> Bool {
        guard splits[left.split].split != .train, left.split != right.split else { return false }
        let files = splits[left.split].dataset.files(at: left.index)
        return !files.isEmpty && files == splits[right.split].dataset.files(at: right.index)
    }

    /// Looks at the pixels themselves: equal hashes are only a strong hint.
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
            "the same picture is in the \(splits[first.split].split.rawValue) split: \(file(first))",
            remedy: "Remove one of them; what was trained on cannot judge the network")
    }

    private func contradiction(_ first: Place, _ second: Place) -> Finding {
        let split = splits[second.split]
        func name(_ place: Place) -> String {
            label(place).map { split.dataset.classNames.indices.contains($0) ? split.dataset.classNames[$0] : "\($0)" }
                ?? "a mask"
        }
        return Finding(
            .warning, .contradiction, split.split, sample: second.index, file: file(second),
            "the picture is labelled '\(name(second))', and the same picture '\(name(first))': \(file(first))",
            remedy: "Keep the one with the right label")
    }

    private func repeated(_ first: Place, _ index: Int, _ count: Int) -> Finding {
        let split = splits[first.split]
        let others = count == 1 ? "" : "; so it is with \(count - 1) further pictures"
        return Finding(
            .note, .repeatedImage, split.split, sample: index, file: split.place(of: index),
            "the same picture is in the split twice: \(file(first))\(others)",
            remedy: "Remove one of them, unless it shall count more")
    }
}
