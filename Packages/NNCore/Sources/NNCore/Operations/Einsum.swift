import CNNKernels

/// Einstein summation, as PyTorch's `einsum`: `"bij,bjk->bik"` multiplies batches of matrices, `"ij->ji"` transposes,
/// `"ii->"` is a trace, `"i,j->ij"` an outer product.
///
/// Each operand has one letter per dimension. Letters that the result, after `->`, lacks are summed over. Without `->`
/// the result has the letters that appear once, in alphabetical order. `...` stands for any number of dimensions; these
/// are broadcast, as are dimensions of length 1.
///
/// Operands are combined from left to right: by ``Tensor/matmul(_:_:)``, for which they are copied only if their
/// dimensions have another order, or by elementwise products if nothing is summed or the elements are integers. Element
/// types are promoted; integers keep theirs.
///
/// ```swift
/// let attention = einsum("bqhd,bkhd->bhqk", queries, keys)
/// ```
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor { einsum(equation, operands) }

/// Einstein summation of a list of operands, as the function that takes them one by one.
public func einsum(_ equation: String, _ operands: [Tensor]) -> Tensor {
    require(!operands.isEmpty, "einsum: \"\(equation)\" without operands")
    do {
        let parsed = try EinsumEquation(equation, shapes: operands.map(\.shape))
        return parsed.result(of: operands)
    } catch {
        return Refused(name: error.operation, reason: error.reason).apply(to: operands)[0]
    }
}

/// An equation of indices that fits the shapes of its operands.
struct EinsumEquation {
    /// What a dimension of an operand is called.
    enum Index: Hashable {
        case letter(Character)
        /// One of those that `...` stands for, counted from the last, which is 0.
        case unnamed(Int)
    }

    /// The indices of the dimensions of each operand, and of the result.
    private(set) var operands: [[Index]] = []
    private(set) var output: [Index] = []
    /// How many elements each index counts, after broadcasting.
    private(set) var lengths: [Index: Int] = [:]

    init(_ equation: String, shapes: [Shape]) throws(ShapeError) {
        func refusal(_ reason: String) -> ShapeError {
            let list = shapes.map(\.description).joined(separator: " and ")
            return ShapeError(operation: "einsum", reason: "\"\(equation)\" for \(list): \(reason)")
        }
        let sides = equation.filter { $0 != " " }.split(separator: "->", omittingEmptySubsequences: false)
        guard sides.count <= 2, let left = sides.first else { throw refusal("more than one ->") }
        let terms = left.split(separator: ",", omittingEmptySubsequences: false)
        guard terms.count == shapes.count else {
            throw refusal("indices of \(terms.count) operands, but \(shapes.count) tensors")
        }
        for (position, (term, shape)) in zip(terms, shapes).enumerated() {
            guard let pattern = Pattern(term) else { throw refusal("\"\(term)\" is not a list of letters and ...") }
            guard let indices = pattern.indices(rank: shape.rank) else {
                throw refusal("\(pattern.letterCount) indices for the \(shape.rank) dimensions of operand \(position)")
            }
            for (index, length) in zip(indices, shape) {
                let name = if case .letter(let letter) = index { "\(letter)" } else { "a dimension of ..." }
                // A diagonal is not broadcast.
                if let other = zip(indices, shape).first(where: { $0 == index && $1 != length }) {
                    throw refusal("\(name) is both \(length) and \(other.1) in operand \(position)")
                }
                let known = lengths[index] ?? 1
                guard length == known || length == 1 || known == 1 else {
                    throw refusal("\(name) is \(length) in operand \(position), and \(known) before")
                }
                lengths[index] = length == 1 ? known : length
            }
            operands.append(indices)
        }
        let unnamedCount = lengths.keys.count { if case .unnamed = $0 { true } else { false } }
        guard sides.count == 2 else {
            output = Self.implicitOutput(operands, unnamedCount)
            return
        }
        guard let pattern = Pattern(sides[1]),
            let indices = pattern.indices(rank: pattern.letterCount + (pattern.hasEllipsis ? unnamedCount : 0))
        else { throw refusal("\"\(sides[1])\" is not a list of letters and ...") }
        for index in indices {
            guard case .letter(let letter) = index else { continue }
            guard lengths[index] != nil else { throw refusal("no operand has the index \(letter) of the result") }
            guard indices.count(where: { $0 == index }) == 1 else {
                throw refusal("the index \(letter) appears twice in the result")
            }
        }
        output = indices
    }

    /// The unnamed dimensions, then the letters that appear once, in alphabetical order.
    private static func implicitOutput(_ operands: [[Index]], _ unnamedCount: Int) -> [Index] {
        var counts: [Character: Int] = [:]
        for case .letter(let letter) in operands.joined() { counts[letter, default: 0] += 1 }
        let letters = counts.filter { $0.value == 1 }.keys.sorted()
        return (0..<unnamedCount).reversed().map { .unnamed($0) } + letters.map { .letter($0) }
    }

    /// The indices of one operand as they are written.
    private struct Pattern {
        private var before: [Character] = []
        private var after: [Character] = []
        private(set) var hasEllipsis = false

        /// nil where it is not one.
        init?(_ text: Substring) {
            var rest = text
            while let first = rest.first {
                if rest.hasPrefix("..."), !hasEllipsis {
                    hasEllipsis = true
                    rest.removeFirst(3)
                    continue
                }
                guard first.isASCII, first.isLetter else { return nil }
                if hasEllipsis { after.append(first) } else { before.append(first) }
                rest.removeFirst()
            }
        }

        var letterCount: Int { before.count + after.count }

        /// An index for each of the dimensions; nil where these are too few or too many.
        func indices(rank: Int) -> [Index]? {
            let missing = rank - letterCount
            guard hasEllipsis ? missing >= 0 : missing == 0 else { return nil }
            return before.map { .letter($0) } + (0..<missing).reversed().map { .unnamed($0) }
                + after.map { .letter($0) }
        }
    }
}

extension EinsumEquation {
    /// The calculation. Shapes are taken from the equation, so that a trace whose operations failed goes on.
    func result(of tensors: [Tensor]) -> Tensor {
        let dataType = tensors.dropFirst().reduce(tensors[0].dataType) { $0.promoted(with: $1.dataType) }
        let terms = zip(tensors, operands).map { term($0.cast(to: dataType), $1) }
        var product = terms[0]
        for (position, term) in terms.enumerated().dropFirst() {
            let later = Set(terms[(position + 1)...].flatMap(\.indices)).union(output)
            product = contracted(product, term, keeping: later)
        }
        product = summed(product, keeping: Set(output))
        return arranged(product, output)
    }

    /// A tensor whose dimensions have these indices, all different.
    private struct Term {
        var tensor: Tensor
        var indices: [Index]
    }

    private func shape(_ indices: [Index]) -> Shape { Shape(indices.map { lengths[$0] ?? 1 }) }

    /// In a trace whose operations failed the number may be too large to count.
    private func count(_ indices: [Index]) -> Int { indices.reduce(1) { saturatingProduct($0, lengths[$1] ?? 1) } }

    /// An operand with the diagonals of repeated indices, and without lengths of 1 that are to be broadcast.
    private func term(_ tensor: Tensor, _ indices: [Index]) -> Term {
        var result = Term(tensor: tensor, indices: indices)
        while let second = result.indices.indices.first(where: { result.indices[..<$0].contains(result.indices[$0]) }) {
            let index = result.indices[second]
            let first = result.indices.firstIndex(of: index) ?? 0
            let others = result.indices.indices.filter { $0 != first && $0 != second }
            let kept = others.map { result.indices[$0] }
            let lengths = others.map { result.tensor.shape[$0] }
            let length = result.tensor.shape[first]
            // Of a matrix that is one line of elements, each length + 1 further is the next on the diagonal.
            result.tensor = result.tensor.arranged(others + [first, second])
                .withShape(Shape(lengths + [length * length]))
                .slice(axis: -1, range: 0..<length * length, step: length + 1)
            result.indices = kept + [index]
        }
        let kept = result.indices.indices.filter { result.tensor.shape[$0] == lengths[result.indices[$0]] }
        result.tensor = result.tensor.withShape(Shape(kept.map { result.tensor.shape[$0] }))
        result.indices = kept.map { result.indices[$0] }
        return result
    }

    /// The sum over all indices but these. Integers keep their type.
    private func summed(_ term: Term, keeping kept: Set<Index>) -> Term {
        let axes = term.indices.indices.filter { !kept.contains(term.indices[$0]) }
        guard !axes.isEmpty else { return term }
        return Term(
            tensor: term.tensor.sum(axes: axes).cast(to: term.tensor.dataType),
            indices: term.indices.filter(kept.contains))
    }

    private func arranged(_ term: Term, _ order: [Index]) -> Tensor {
        let positions = order.compactMap { term.indices.firstIndex(of: $0) }
        guard term.tensor.rank == positions.count else { return term.tensor }
        return term.tensor.arranged(positions)
    }

    /// The product of two terms, summed over all indices that are not kept.
    private func contracted(_ left: Term, _ right: Term, keeping kept: Set<Index>) -> Term {
        let left = summed(left, keeping: kept.union(right.indices))
        let right = summed(right, keeping: kept.union(left.indices))
        let shared = left.indices.filter(right.indices.contains)
        let batch = shared.filter(kept.contains)
        let inner = shared.filter { !kept.contains($0) }
        let rows = left.indices.filter { !shared.contains($0) }
        let columns = right.indices.filter { !shared.contains($0) }
        let all = left.indices + columns
        // Products of single numbers, or of a vector and a vector for each of many, are no work for a matrix product.
        let isDot = count(rows) == 1 && count(columns) == 1 && count(batch) > 1
        guard !inner.isEmpty, !isDot, left.tensor.dataType.isFloatingPoint else {
            guard all.count <= Int(NN_MAXIMUM_RANK) else {
                let reason = "\(all.count) indices at once are more than \(NN_MAXIMUM_RANK)"
                return Term(tensor: Refused(name: "einsum", reason: reason).apply(to: left.tensor), indices: all)
            }
            let factor = left.tensor.withShape(Shape(shape(left.indices) + columns.map { _ in 1 }))
            // The shared indices have the order of the left operand, where others may stand between them.
            let other = arranged(right, shared + columns).withShape(
                Shape(all.map { right.indices.contains($0) ? lengths[$0] ?? 1 : 1 }))
            return summed(Term(tensor: factor * other, indices: all), keeping: kept)
        }
        let sizes = (batch: count(batch), rows: count(rows), inner: count(inner), columns: count(columns))
        let leading = batch.isEmpty ? [] : [sizes.batch]
        let product = Tensor.matmul(
            arranged(left, batch + rows + inner).withShape(Shape(leading + [sizes.rows, sizes.inner])),
            arranged(right, batch + inner + columns).withShape(Shape(leading + [sizes.inner, sizes.columns])))
        let indices = batch + rows + columns
        guard indices.count <= Int(NN_MAXIMUM_RANK) else {
            let reason = "\(indices.count) indices at once are more than \(NN_MAXIMUM_RANK)"
            return Term(tensor: Refused(name: "einsum", reason: reason).apply(to: product), indices: indices)
        }
        return Term(tensor: product.withShape(shape(indices)), indices: indices)
    }
}
