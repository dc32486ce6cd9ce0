import ArgumentParser

/// Which seeds to train with: a number of them, `5`, or each by itself, `0,3,7`.
enum SeedChoice: ExpressibleByArgument, Equatable {
    /// So many, from that of the configuration on.
    case count(Int)
    case list([UInt64])

    private static let maximumCount = 1000

    /// Nil for anything else, and where a seed comes twice.
    init?(argument: String) {
        if let count = Int(argument) {
            guard 1...Self.maximumCount ~= count else { return nil }
            self = .count(count)
        } else {
            let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
            // A configuration file holds no larger whole numbers.
            let seeds = parts.compactMap { Int64($0) }.filter { $0 >= 0 }.map(UInt64.init)
            guard seeds.count == parts.count, Set(seeds).count == seeds.count else { return nil }
            self = .list(seeds)
        }
    }

    func seeds(from first: UInt64) -> [UInt64] {
        switch self {
        case .count(let count): (0..<UInt64(count)).map { first &+ $0 }
        case .list(let seeds): seeds
        }
    }
}
