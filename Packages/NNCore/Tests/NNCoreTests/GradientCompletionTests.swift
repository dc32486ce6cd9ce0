import NNCore
import Testing

/// A backward pass tells of each gradient when it is complete, and of no other.
@Suite struct GradientCompletionTests {
    private func variable(_ values: [Float]) -> Tensor { Tensor(values).requiringGradient() }

    /// The identities in the order in which a pass told of them, with the gradients that it told.
    private func completed(_ result: Tensor) -> (order: [ObjectIdentifier], told: [Tensor], gradients: Gradients) {
        var (order, told): ([ObjectIdentifier], [Tensor]) = ([], [])
        let gradients = result.backward { variable, gradient in
            order.append(variable)
            told.append(gradient)
        }
        return (order, told, gradients)
    }

    @Test func aGradientIsToldOnceWithItsFinalValues() throws {
        let (a, b) = (variable([1, 2]), variable([3, 4]))
        // Each is used twice.
        let result = (a * b + a * a + b).sum()
        let (order, told, gradients) = completed(result)
        #expect(Set(order) == Set([a.variableIdentity, b.variableIdentity].compactMap { $0 }))
        #expect(order.count == 2 && gradients.count == 2)
        for (identity, gradient) in zip(order, told) {
            let variable = identity == a.variableIdentity ? a : b
            #expect(try #require(gradients[variable]).floats == gradient.floats)
        }
        #expect(gradients[a]?.floats == [5, 8])
        #expect(gradients[b]?.floats == [2, 3])
    }

    /// Whichever input of an operation a weight is, it is told before what its layer is calculated from.
    @Test(arguments: [false, true]) func weightsAreToldFromTheLastLayerToTheFirst(weightFirst: Bool) {
        let weights = (0..<5).map { variable([Float($0) + 1, 2]) }
        var map = Tensor([1, 1] as [Float])
        for weight in weights { map = weightFirst ? weight * map : map * weight }
        let (order, _, _) = completed(map.sum())
        #expect(order == weights.reversed().map { $0.variableIdentity! })
    }

    @Test func aWeightOfSeveralLayersIsToldAfterTheFirstOfThem() {
        let (shared, other) = (variable([2, 3]), variable([5, 7]))
        let input = variable([1, 1])
        let result = ((input * shared) * other * shared).sum()
        let (order, told, _) = completed(result)
        #expect(order.count == 3 && order[0] == other.variableIdentity)
        // 2 s o of both uses together.
        #expect(told[order.firstIndex(of: shared.variableIdentity!)!].floats == [20, 42])
    }

    /// A branch that no gradient reaches must not keep its variables from being told.
    @Test func operationsWithoutAGradientCountAsDone() {
        let (a, b) = (variable([1, 2]), variable([3, 4]))
        let product = a * b
        let sorted = product.split(sizes: [1, 1], axis: 0)
        let (order, _, gradients) = completed((sorted[0] * a.slice(axis: 0, range: 0..<1)).sum())
        #expect(order.count == 2)
        #expect(gradients[a]?.floats == [6, 0])
        #expect(gradients[b]?.floats == [1, 0])
    }

    @Test func aVariableThatIsTheResultItselfIsToldToo() {
        let a = variable([3])
        let (order, told, _) = completed(a)
        #expect(order == [a.variableIdentity!])
        #expect(told[0].floats == [1])
    }

    @Test func gradientsCanBeReplaced() {
        let (a, b) = (variable([1, 2]), variable([3, 4]))
        var gradients = (a * b).sum().backward()
        gradients.set(Tensor([7, 8] as [Float]), for: a)
        #expect(gradients[a]?.floats == [7, 8])
        #expect(gradients[b]?.floats == [1, 2])
        #expect((a * b).variableIdentity == nil)
        #expect(a.detached.variableIdentity == nil)
    }
}
