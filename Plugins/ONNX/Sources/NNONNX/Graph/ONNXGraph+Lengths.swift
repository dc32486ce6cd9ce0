import NNLayers

/// The length of a dimension, in each of several traces with images of different sizes.
public struct TracedLength: Hashable, Sendable {
    /// The length in each trace.
    public let lengths: [Int]

    init(_ lengths: [Int]) { self.lengths = lengths }

    /// The length if it does not depend on the images, or nil.
    public var fixed: Int? { lengths.allSatisfy { $0 == lengths[0] } ? lengths[0] : nil }

    /// The integer that this length is multiplied with to get another one in every trace; nil if there is none.
    func factor(to other: TracedLength) -> Int? {
        let factors = Set(zip(lengths, other.lengths).map { $1 % $0 == 0 ? $1 / $0 : 0 })
        return factors.count == 1 && factors != [0] ? factors.first : nil
    }

    static func * (left: TracedLength, right: TracedLength) -> TracedLength {
        TracedLength(zip(left.lengths, right.lengths).map { $0 * $1 })
    }

    static func - (left: TracedLength, right: TracedLength) -> TracedLength {
        TracedLength(zip(left.lengths, right.lengths).map { $0 - $1 })
    }
}

/// A dimension of a tensor in the file.
struct LengthSource {
    let name: String
    let axis: Int
}

extension ONNXGraph {
    /// Registers a tensor whose dimensions unknown lengths can be read from.
    func noteLengths(of value: ONNXValue) {
        guard case .computed(let name) = value.source else { return }
        for (axis, length) in value.writtenShape.enumerated()
        where length.fixed == nil && lengthSources[length] == nil {
            lengthSources[length] = LengthSource(name: name, axis: axis)
        }
    }

    /// The name of a list of lengths, `[count]` in int64: a constant, or read from tensors when the file is run.
    /// - Throws: An error if no tensor so far has such a length.
    public func lengths(_ lengths: [TracedLength], for operation: String) throws -> String {
        let fixed = lengths.compactMap(\.fixed)
        if fixed.count == lengths.count { return integers(fixed) }
        var parts: [String] = []
        var rest = lengths[...]
        while let first = rest.first {
            if first.fixed != nil {
                let run = rest.prefix { $0.fixed != nil }
                parts.append(integers(run.compactMap(\.fixed)))
                rest = rest.dropFirst(run.count)
                continue
            }
            guard let source = lengthSources[first] else {
                parts.append(try derivedLength(first, for: operation))
                rest = rest.dropFirst()
                continue
            }
            // Adjacent dimensions of one tensor are read together.
            let run = zip(rest, 0...).prefix { length, offset in
                let other = lengthSources[length]
                return other?.name == source.name && other?.axis == source.axis + offset
            }
            let end = source.axis + run.count
            parts.append(
                shared("shape \(source.name) \(source.axis) \(end)") {
                    add("Shape", [source.name], ["start": .int(source.axis), "end": .int(end)])
                })
            rest = rest.dropFirst(run.count)
        }
        guard parts.count > 1 else { return parts[0] }
        return shared("lengths \(parts)") { add("Concat", parts, ["axis": .int(0)]) }
    }

    /// A length that no tensor has: a multiple of a known one, or the product of two.
    private func derivedLength(_ length: TracedLength, for operation: String) throws -> String {
        // In a fixed order, so that the same network gives the same file.
        let known = lengthSources.keys.sorted { $0.lengths.lexicographicallyPrecedes($1.lengths) }
        for source in known {
            if let factor = source.factor(to: length) {
                return try product([source, TracedLength(source.lengths.map { _ in factor })], for: operation)
            }
        }
        for (index, left) in known.enumerated() {
            for right in known[index...] where left * right == length {
                return try product([left, right], for: operation)
            }
        }
        throw SizeDependence("no tensor before '\(operation)' has a length that it needs")
    }

    /// The name of the product of lengths, `[1]` in int64.
    func product(_ factors: [TracedLength], for operation: String) throws -> String {
        let whole = factors.dropFirst().reduce(factors[0], *)
        if let fixed = whole.fixed { return integers([fixed]) }
        let names = try factors.map { try lengths([$0], for: operation) }
        return names.dropFirst().reduce(names[0]) { left, right in
            shared("product \(left) \(right)") { add("Mul", [left, right]) }
        }
    }
}
