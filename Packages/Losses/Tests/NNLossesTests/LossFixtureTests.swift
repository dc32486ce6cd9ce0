import NNLosses
import NNLayers
import NNTesting
import Testing

@Suite struct LossFixtureTests {
    private func loss(_ fixture: LossFixture) throws -> any Loss {
        let registry = try Registry(plugins: [LossesPlugin()])
        return try registry.build(
            .loss, from: fixture.node,
            LossEnvironment(classCount: fixture.classCount, ignoreIndex: fixture.ignoreIndex))
    }

    private func expectClose(_ found: Tensor, _ expected: Tensor, tolerance: Float, _ subject: String) {
        func norm(_ tensor: Tensor) -> Float { tensor.cast(to: .float32).squared().sum().item.squareRoot() }
        let error = norm(found.cast(to: .float32) - expected.cast(to: .float32))
        #expect(error <= tolerance * norm(expected), "\(subject): \(error) of \(norm(expected))")
    }

    @Test(arguments: try LossFixture.all())
    func agreesWithPyTorch(_ fixture: LossFixture) throws {
        let loss = try loss(fixture)
        let logits = try fixture.tensor("input").requiringGradient()
        let result = loss(logits, labels: try fixture.tensor("labels"))
        expectClose(result, try fixture.tensor("output"), tolerance: 2e-5, "loss")
        let gradient = result.backward(gradient: try fixture.tensor("output_gradient"))[logits]
        expectClose(
            try #require(gradient), try fixture.tensor("input_gradient"), tolerance: 1e-4, "gradient")
    }

    /// Of the same rounded logits the loss is the same, and the gradient up to its own rounding.
    @Test(arguments: try LossFixture.all())
    func takesBFloat16(_ fixture: LossFixture) throws {
        let loss = try loss(fixture)
        let labels = try fixture.tensor("labels")
        let narrow = try fixture.tensor("input").cast(to: .bfloat16).requiringGradient()
        let wide = narrow.detached.cast(to: .float32).requiringGradient()
        let (found, expected) = (loss(narrow, labels: labels), loss(wide, labels: labels))
        #expect(found.dataType == .float32)
        expectClose(found, expected, tolerance: 1e-6, "loss")
        let gradient = try #require(found.backward()[narrow])
        #expect(gradient.dataType == .bfloat16)
        expectClose(gradient, try #require(expected.backward()[wide]), tolerance: 4e-3, "gradient")
    }
}
