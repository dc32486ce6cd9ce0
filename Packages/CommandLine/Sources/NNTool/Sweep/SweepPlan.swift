import NNCore
@_spi(Text) import NNLayers

/// The points of a sweep: a grid over all lists of values, or random ones.
struct SweepPlan {
    /// How many runs one sweep may have.
    static let maximumCount = 1000

    private enum Change {
        case fixed(String)
        /// The index of an axis.
        case varied(Int)
    }

    private let template: [Change]
    let axes: [SweepAxis]
    /// The values of each point, in the order of ``keys``.
    private(set) var points: [[String]] = []

    /// The keys that points differ by.
    var keys: [String] { axes.map(\.key) }

    /// - Parameters:
    ///   - changes: Changes of a configuration in their order, with one value or several.
    ///   - random: How many points are drawn; nil for the grid.
    ///   - seed: The seed that points are drawn by. More points begin with those of fewer.
    /// - Throws: ``CommandFailure`` for wrong changes, and for too many points.
    init(_ changes: [String], random count: Int?, seed: UInt64) throws(CommandFailure) {
        var (axes, template): ([SweepAxis], [Change]) = ([], [])
        for change in changes {
            guard let axis = try SweepAxis(change) else {
                template.append(.fixed(change))
                continue
            }
            if axes.contains(where: { $0.key == axis.key }) {
                throw CommandFailure(
                    message: "--set \(change): \(axis.key) has values already; list all of them in one --set")
            }
            template.append(.varied(axes.count))
            axes.append(axis)
        }
        guard !axes.isEmpty else {
            throw CommandFailure(
                message: "there is nothing to vary; give a key several values, as in --set optimizer.lr=0.1,0.03, or "
                    + "train with several seeds only by nn train --seeds")
        }
        self.axes = axes
        self.template = template
        points = if let count { try Self.drawn(count, of: axes, seed: seed) } else { try Self.grid(axes) }
    }

    /// The changes for a point, in the order of the command line.
    func changes(of values: [String]) -> [String] {
        template.map { change in
            switch change {
            case .fixed(let change): change
            case .varied(let index): SweepAxis.assignment(axes[index].key, values[index])
            }
        }
    }

    private static func grid(_ axes: [SweepAxis]) throws(CommandFailure) -> [[String]] {
        var points: [[String]] = [[]]
        for axis in axes {
            guard case .list(let values) = axis.values else {
                throw CommandFailure(
                    message:
                        "\(axis.key) has a range, which has no end of values; draw some of them by --random N, or list "
                        + "them")
            }
            try check(points.count * values.count)
            points = points.flatMap { point in values.map { point + [$0] } }
        }
        return points
    }

    private static func drawn(
        _ count: Int, of axes: [SweepAxis], seed: UInt64
    ) throws(CommandFailure) -> [[String]] {
        try check(count)
        let total = axes.reduce(Int?(1)) { total, axis in
            guard let total, let count = axis.count else { return nil }
            return min(total * count, 1_000_000)
        }
        if let total, total < count {
            throw CommandFailure(
                message: "--random \(count): the lists have \(total) combinations only; ask for fewer, or omit --random"
            )
        }
        var random = RandomGenerator(key: RandomKey(seed: seed).derived("sweep"))
        var points: [[String]] = []
        var known: Set<[String]> = []
        // Of the last few among all combinations, most draws are known.
        for _ in 0..<(1000 * count) where points.count < count {
            let point = axes.map { $0.draw(&random) }
            if known.insert(point).inserted { points.append(point) }
        }
        guard points.count == count else {
            throw CommandFailure(
                message: "--random \(count): there are hardly more than \(points.count) different points; ask for fewer"
            )
        }
        return points
    }

    /// Refuses more runs than a sweep may have.
    static func check(_ count: Int) throws(CommandFailure) {
        guard count > maximumCount else { return }
        throw CommandFailure(
            message:
                "these are \(count.grouped) runs, and a sweep has at most \(maximumCount.grouped); vary less, or draw "
                + "some points by --random N")
    }
}

extension SweepPlan {
    /// The runs of all points with all seeds, seed after seed, beside those that are there already.
    /// - Parameters:
    ///   - seeds: The seeds of each point; one for each where they were not asked for.
    ///   - namesSeeds: Whether names of folders have the seed.
    ///   - known: The runs of a sweep that is continued.
    func members(
        seeds: (_ point: [String]) throws -> [UInt64?], namesSeeds: Bool, besides known: [StudyMember] = []
    ) throws -> [StudyMember] {
        var members = known
        let titles = SweepNames.short(keys)
        for point in points {
            for seed in try seeds(point) where !members.contains(where: { $0.values == point && $0.number == seed }) {
                let parts = zip(titles, point).map { "\($0)-\($1)" }
                let name = SweepNames.folder(
                    parts + (namesSeeds ? seed.map { ["seed-\($0)"] } ?? [] : []),
                    besides: Set(members.map(\.name)))
                members.append(
                    StudyMember(name: name, number: seed, values: point, changes: changes(of: point)))
                try Self.check(members.count)
            }
        }
        return members
    }
}

/// The names of what is varied, short and yet different.
enum SweepNames {
    /// As much of the end of each key as none of the others has: `lr` of `optimizer.lr`.
    static func short(_ keys: [String]) -> [String] {
        let paths = keys.map { key in (key.hasSuffix("+") ? key.dropLast() : key[...]).split(separator: ".") }
        return paths.indices.map { index in
            let path = paths[index]
            let others = paths.indices.filter { $0 != index }.map { paths[$0] }
            let count = (1...max(path.count, 1)).first { count in
                !others.contains { $0.suffix(count) == path.suffix(count) }
            }
            return path.suffix(count ?? path.count).joined(separator: ".")
        }
    }

    /// A name of a folder that no other has, of letters, digits, dots, dashes and underscores.
    static func folder(_ parts: [String], besides others: Set<String>) -> String {
        let kept = parts.map { part in
            let characters = part.map { character in
                character.isASCII && (character.isLetter || character.isNumber) || "._".contains(character)
                    ? character : "-"
            }
            let words = String(characters).split(separator: "-").joined(separator: "-")
            return String(words.drop { $0 == "." }.prefix(longestPart))
        }
        let name = String(kept.joined(separator: "-").prefix(longestName))
        guard others.contains(name) else { return name }
        // Two texts may be the same in these characters.
        return (2...).lazy.map { "\(name)-\($0)" }.first { !others.contains($0) } ?? name
    }

    private static let longestPart = 40
    private static let longestName = 120
}
