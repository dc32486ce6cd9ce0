import NNCore
import Testing

@Suite(.onSeveralThreadsOfLibraries) struct EinsumTests {
    /// An equation, and the shapes of its operands.
    struct Case: Sendable, CustomTestStringConvertible {
        let equation: String
        let shapes: [Shape]
        /// The equation with a letter for each dimension and a result.
        let plain: String

        init(_ equation: String, _ shapes: Shape..., as plain: String? = nil) {
            self.equation = equation
            self.shapes = shapes
            self.plain = plain ?? equation
        }

        var testDescription: String { "\(equation) \(shapes)" }
    }

    static let cases: [Case] = [
        // One operand.
        Case("ij->ij", [2, 3]), Case("ij->ji", [2, 3]), Case("ij", [2, 3], as: "ij->ij"),
        Case("ba", [2, 3], as: "ba->ab"),
        Case("ij->", [2, 3]), Case("ij->j", [2, 3]), Case("ijklm->mkl", [2, 3, 2, 4, 2]), Case("->", []),
        Case("ii->i", [4, 4]), Case("ii", [4, 4], as: "ii->"), Case("iji->ji", [3, 2, 3]),
        Case("iijj->ij", [2, 2, 3, 3]),
        Case("iii->i", [3, 3, 3]), Case("iii->", [3, 3, 3]),
        // Two.
        Case("ij,jk->ik", [2, 3], [3, 4]), Case("ij,jk", [2, 3], [3, 4], as: "ij,jk->ik"),
        Case("bij,bjk->bik", [2, 3, 4], [2, 4, 5]),
        Case("ij,kj->ik", [2, 3], [4, 3]), Case("ij,jk->ki", [2, 3], [3, 4]),
        Case("bijh,bkjh->bhik", [2, 3, 4, 2], [2, 5, 4, 2]),
        Case("i,i->", [5], [5]), Case("i,j->ij", [3], [4]), Case("i,j->", [3], [4]), Case("bi,bi->b", [6, 4], [6, 4]),
        Case("ij,ij->ij", [2, 3], [2, 3]), Case("ij,ji->ij", [2, 3], [3, 2]), Case("ij,j->ij", [2, 3], [3]),
        Case("ijk,jk->i", [2, 3, 4], [3, 4]), Case("ijk,kj->i", [2, 3, 4], [4, 3]),
        Case("aij,bj->abi", [2, 3, 4], [5, 4]),
        Case("ii,ij->j", [3, 3], [3, 2]), Case("ij,kl->ikl", [2, 3], [4, 2]), Case(",ij->ij", [], [2, 3]),
        Case("aib,cbd->dica", [2, 3, 4], [5, 4, 2]), Case(" i j , j k -> i k ", [2, 3], [3, 4], as: "ij,jk->ik"),
        Case("abcde,ceda->eb", [2, 3, 2, 2, 2], [2, 2, 2, 2]),
        // Lengths of 1 are broadcast.
        Case("ij,jk->ik", [2, 1], [3, 4]), Case("ij,ij->ij", [1, 3], [2, 1]),
        Case("bij,bjk->bik", [1, 3, 4], [2, 4, 5]),
        Case("ij,ij->", [2, 1], [1, 3]), Case("ij,jk->ik", [1, 1], [1, 1]),
        // Three and more.
        Case("ij,jk,kl->il", [2, 3], [3, 4], [4, 2]), Case("i,i,i->i", [4], [4], [4]),
        Case("i,ij,j->", [2], [2, 3], [3]),
        Case("bi,oij,bj->bo", [2, 3], [4, 3, 5], [2, 5]), Case("a,b,c,d->dbca", [2], [3], [2], [3]),
        // Unnamed dimensions.
        Case("...ij,...jk->...ik", [2, 3, 4], [2, 4, 5], as: "aij,ajk->aik"),
        Case("...ij,jk->...ik", [2, 3, 4], [4, 5], as: "aij,jk->aik"),
        Case("...,...->...", [2, 3], [3], as: "ab,b->ab"), Case("i...->...", [2, 3], as: "ib->b"),
        Case("i...j,j...", [2, 3, 4], [4, 3], as: "iaj,ja->ai"), Case("...->", [2, 3], as: "ab->"),
        Case("...ii->...i", [2, 3, 3], as: "aii->ai"),
        Case("a...,...b->a...b", [2, 3, 1], [3, 4, 2], as: "acd,cdb->acdb"),
        Case("ij...->...ji", [2, 3], as: "ij->ji"),
        // Dimensions without elements.
        Case("ij,jk->ik", [2, 0], [0, 4]), Case("ij,jk->ik", [0, 3], [3, 4]), Case("bi,bi->b", [3, 0], [3, 0]),
        Case("ii->i", [0, 0]), Case("ij->i", [2, 0]), Case("ij,ij->ij", [1, 0], [2, 0]), Case("i,j->ij", [0], [3]),
    ]

    /// The sum over every combination of indices, in double precision.
    static func reference(_ plain: String, _ operands: [Tensor]) -> Tensor {
        let sides = plain.split(separator: "->", omittingEmptySubsequences: false)
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
        let output = Array(sides[1])
        var lengths: [Character: Int] = [:]
        for (term, operand) in zip(terms, operands) {
            for (letter, length) in zip(term, operand.shape) where length != 1 || lengths[letter] == nil {
                lengths[letter] = length
            }
        }
        let letters = lengths.keys.sorted()
        let shape = Shape(output.map { lengths[$0]! })
        var sums = [Double](repeating: 0, count: shape.elementCount)
        let values = operands.map(\.floats)
        for index in indices(of: Shape(letters.map { lengths[$0]! })) {
            let of = Dictionary(uniqueKeysWithValues: zip(letters, index))
            var product = 1.0
            for (position, operand) in operands.enumerated() {
                let offset = zip(zip(terms[position], operand.shape), operand.shape.strides)
                    .reduce(0) { $0 + ($1.0.1 == 1 ? 0 : of[$1.0.0]!) * $1.1 }
                product *= Double(values[position][offset])
            }
            sums[zip(output, shape.strides).reduce(0) { $0 + of[$1.0]! * $1.1 }] += product
        }
        return Tensor(sums.map { Float($0) }, shape: shape)
    }

    @Test(arguments: cases) func calculates(_ fixture: Case) {
        let operands = fixture.shapes.enumerated().map { distinctTensor($1, seed: $0 + 1) }
        let expected = Self.reference(fixture.plain, operands)
        expectClose(einsum(fixture.equation, operands), expected, tolerance: 1e-5, fixture.equation)
        for dataType in [DataType.int32, .int64] {
            let integers = operands.map { ($0 * 20).rounded().cast(to: dataType) }
            let result = einsum(fixture.equation, integers)
            #expect(result.dataType == dataType)
            expectClose(result, Self.reference(fixture.plain, integers), tolerance: 0, fixture.equation)
        }
    }

    @Test(arguments: cases) func gradients(_ fixture: Case) throws {
        let operands = fixture.shapes.enumerated().map { distinctTensor($1, seed: $0 + 1) * 0.5 + 0.3 }
        switch operands.count {
        case 1: expectGradient(by: operands[0], step: 0.1) { einsum(fixture.equation, $0) }
        case 2: expectGradient(by: operands[0], operands[1], step: 0.1) { einsum(fixture.equation, $0) }
        case 3: expectGradient(by: operands[0], operands[1], operands[2], step: 0.1) { einsum(fixture.equation, $0) }
        default:
            expectGradient(by: operands[0], operands[1], operands[2], operands[3], step: 0.1) {
                einsum(fixture.equation, $0)
            }
        }
    }

    @Test func mixedTypes() {
        let (x, y) = (distinctTensor([2, 3]).cast(to: .bfloat16), distinctTensor([3, 2]))
        #expect(einsum("ij,jk->ik", x, y).dataType == .float32)
        #expect(einsum("ij,jk->ik", x, y.cast(to: .bfloat16)).dataType == .bfloat16)
        #expect(einsum("ij,j->i", y, Tensor([1, 2] as [Int64])).dataType == .float32)
        #expect(einsum("i,i->", Tensor([200, 100] as [UInt8]), Tensor([1, 0] as [UInt8])).item(as: UInt8.self) == 200)
        expectSameInBFloat16(distinctTensor([2, 3, 4]), distinctTensor([2, 4, 5])) { einsum("bij,bjk->bik", $0) }
    }

    /// A product of matrices in the order of `matmul` is one, without copies around it.
    @Test func isOneProductWhereTheOrderPermits() {
        func operations(_ equation: String, _ shapes: Shape...) -> [String] {
            let trace = Trace()
            _ = einsum(equation, shapes.map { trace.input(TensorSpecification(shape: $0)) })
            #expect(trace.failure == nil)
            return trace.steps.map(\.operation.name)
        }
        #expect(operations("ij,jk->ik", [2, 3], [3, 4]) == ["matmul"])
        #expect(operations("bij,bjk->bik", [2, 3, 4], [2, 4, 5]) == ["matmul"])
        #expect(
            operations("abij,abjk->abik", [2, 3, 4, 5], [2, 3, 5, 6]) == ["reshape", "reshape", "matmul", "reshape"])
        #expect(operations("abi,io->abo", [2, 3, 4], [4, 5]) == ["reshape", "matmul", "reshape"])
        #expect(operations("ij,kj->ik", [2, 3], [4, 3]) == ["transpose", "matmul"])
        #expect(operations("bi,bi->b", [2, 3], [2, 3]) == ["multiply", "sum"])
        #expect(operations("ij->ij", [2, 3]) == [])
    }

    @Test func refusesWhatDoesNotFit() async {
        func expectRefusal(_ equation: String, _ shapes: Shape..., reason: String) {
            let trace = Trace()
            _ = einsum(equation, shapes.map { trace.input(TensorSpecification(shape: $0)) })
            let list = shapes.map(\.description).joined(separator: " and ")
            #expect(trace.failure?.description == "einsum: \"\(equation)\" for \(list): \(reason)")
        }
        expectRefusal("ij,jk->ik", [2, 3], [4, 5], reason: "j is 4 in operand 1, and 3 before")
        expectRefusal("ij->i", [2, 3, 4], reason: "2 indices for the 3 dimensions of operand 0")
        expectRefusal("...ij->i", [2], reason: "2 indices for the 1 dimensions of operand 0")
        expectRefusal("ij,jk->ik", [2, 3], reason: "indices of 2 operands, but 1 tensors")
        expectRefusal("i1->i", [2, 3], reason: "\"i1\" is not a list of letters and ...")
        expectRefusal("i...j...->i", [2, 3], reason: "\"i...j...\" is not a list of letters and ...")
        expectRefusal("i..->i", [2, 3], reason: "\"i..\" is not a list of letters and ...")
        expectRefusal("ij->ik", [2, 3], reason: "no operand has the index k of the result")
        expectRefusal("ij->ii", [2, 3], reason: "the index i appears twice in the result")
        expectRefusal("ij->i->j", [2, 3], reason: "more than one ->")
        expectRefusal("ii->i", [2, 3], reason: "i is both 2 and 3 in operand 0")
        expectRefusal("...,...->...", [2], [3], reason: "a dimension of ... is 3 in operand 1, and 2 before")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = einsum("ij,jk->ik", Tensor.ones([2, 3]), Tensor.ones([4, 5]))
            }, "einsum: \"ij,jk->ik\" for [2, 3] and [4, 5]: j is 4 in operand 1, and 3 before")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = einsum("ij->ij", [])
            }, "einsum: \"ij->ij\" without operands")
        let trace = Trace()
        let inputs = (0..<5).map { _ in trace.input(TensorSpecification(shape: [2, 2])) }
        _ = einsum("ab,cd,ef,gh,ij->j", inputs)
        #expect(trace.failure == nil)
        _ = einsum("ab,cd,ef,gh,ij->abcdefghij", inputs)
        #expect(trace.failure?.description == "einsum: 10 indices at once are more than 8")
        let huge = Trace()
        _ = einsum("a,b,c->abc", (0..<3).map { _ in huge.input(TensorSpecification(shape: [1 << 40])) })
        #expect(huge.failure?.reason.contains("larger than any memory") == true)
    }
}
