import NNLayers

/// The colours that the palettes of masks show labels in.
struct PaletteFacts {
    /// The first sample that shows a label in a colour, and how many do.
    private var samples: [Color: [Int: (first: Int, count: Int)]] = [:]

    /// - Parameter palette: The colours of the labels that occur in a mask.
    mutating func add(_ palette: [Int: Color], at index: Int) {
        let uses = Dictionary(grouping: palette.keys) { palette[$0] ?? .ignored }
        // A colour that a mask shows several labels in tells nothing.
        for (color, labels) in uses where labels.count == 1 {
            let known = samples[color]?[labels[0]] ?? (index, 0)
            samples[color, default: [:]][labels[0]] = (min(known.first, index), known.count + 1)
        }
    }

    /// Labels that masks show in the colour of another class, or in different colours.
    static func findings(_ checks: [SplitCheck]) -> [Finding] {
        guard let dataset = checks.first?.dataset else { return [] }
        let contradictions = dataset.statesColors ? checks.compactMap(classContradiction) : []
        return contradictions.isEmpty ? fileContradiction(checks) : contradictions
    }

    private static let remedy =
        "If the colours are right and not the numbers, set 'mask_colors: true' with a colour for each of the 'classes'; "
        + "else save the masks with one palette"

    private static func classContradiction(_ check: SplitCheck) -> Finding? {
        let (names, colors) = (check.dataset.classNames, check.dataset.classColors)
        var (wrong, found): (count: Int, first: (sample: Int, label: Int, other: Int)?) = (0, nil)
        for (color, labels) in check.palettes.samples {
            guard let other = colors.firstIndex(of: color) else { continue }
            for (label, use) in labels where label != other && names.indices.contains(label) {
                wrong = max(wrong, use.count)
                if found.map({ (use.first, label) < ($0.sample, $0.label) }) ?? true {
                    found = (use.first, label, other)
                }
            }
        }
        guard let found else { return nil }
        return Finding(
            .error, .palette, check.split, sample: found.sample, file: check.maskPlace(of: found.sample),
            "its palette shows the number \(found.label), the class '\(names[found.label])', in "
                + "\(colors[found.other].code), the colour of '\(names[found.other])'"
                + (wrong > 1 ? "; so do about \(wrong - 1) other masks" : ""), remedy: remedy)
    }

    private static func fileContradiction(_ checks: [SplitCheck]) -> [Finding] {
        typealias Use = (check: Int, sample: Int, label: Int)
        var first: (one: Use, other: Use, color: Color)?
        for color in Set(checks.flatMap { $0.palettes.samples.keys }) {
            let uses: [Use] = checks.enumerated().flatMap { number, check in
                (check.palettes.samples[color] ?? [:]).map { (number, $0.value.first, $0.key) }
            }.sorted { ($0.check, $0.sample, $0.label) < ($1.check, $1.sample, $1.label) }
            guard let one = uses.first, let other = uses.first(where: { $0.label != one.label }) else { continue }
            // In an order that depends on nothing but the data.
            if first.map({ (other.check, other.sample, color.code) < ($0.other.check, $0.other.sample, $0.color.code) })
                ?? true
            {
                first = (one, other, color)
            }
        }
        guard let (one, other, color) = first else { return [] }
        let (check, usual) = (checks[other.check], checks[one.check])
        return [
            Finding(
                .warning, .palette, check.split, sample: other.sample, file: check.maskPlace(of: other.sample),
                "its palette has \(color.code) for the number \(other.label), and that of "
                    + "\(usual.maskPlace(of: one.sample)) for \(one.label)", remedy: remedy)
        ]
    }
}

extension SplitCheck {
    /// The path of the mask of a sample.
    fileprivate func maskPlace(of index: Int) -> String {
        dataset.files(at: index).dropFirst().first ?? place(of: index)
    }
}
