import Foundation
import NNLayers
@_spi(Testing) import NNTesting
import Testing

/// Expects a layer to agree with a case of PyTorch on every backend.
func expectAgreement(_ layer: any Layer, with name: String) throws {
    try expectAgreement(layer, with: name) { layer($0[0], $1) }
}

/// Expects a block, which adds the second input, to agree with a case of PyTorch on every backend.
func expectAgreement(_ block: ConvNormActivation, withResidual name: String) throws {
    try expectAgreement(block, with: name) { block($0[0], residual: $0[1], $1) }
}

private func expectAgreement(
    _ layer: any Layer, with name: String, run: ([Tensor], Context) -> Tensor
) throws {
    let url = try #require(
        Bundle.module.url(forResource: "layers", withExtension: "safetensors", subdirectory: "Fixtures"))
    let fixture = try NetworkFixture(name, in: url)
    for backends in TestBackends.all {
        try Engine.$scoped.withValue(backends) { try fixture.check(layer, tolerance: 2e-5) { [run($0, $1)] } }
    }
}
