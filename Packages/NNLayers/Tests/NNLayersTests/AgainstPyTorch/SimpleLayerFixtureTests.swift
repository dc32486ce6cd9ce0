import NNLayers
import Testing

@Suite struct SimpleLayerFixtureTests {
    @Test func linear() throws {
        try expectAgreement(Linear(inputFeatures: 5, outputFeatures: 3), with: "linear")
        try expectAgreement(Linear(inputFeatures: 5, outputFeatures: 3, hasBias: false), with: "linear_rows")
    }

    @Test func normalizations() throws {
        try expectAgreement(BatchNorm(channels: 5), with: "batch_norm")
        try expectAgreement(BatchNorm(channels: 5, momentum: 0.25, epsilon: 1e-3), with: "batch_norm_matrix")
        try expectAgreement(LayerNorm(channels: 6), with: "layer_norm")
        try expectAgreement(LayerNorm(channels: 6, epsilon: 1e-3), with: "layer_norm_matrix")
    }

    @Test func maxPools() throws {
        try expectAgreement(MaxPool2D(kernel: 3, strides: 2, padding: 1), with: "max_pool")
        try expectAgreement(MaxPool2D(kernel: 2, ceilMode: true), with: "max_pool_ceil")
        try expectAgreement(
            MaxPool2D(
                kernel: Size(height: 3, width: 2), strides: Size(height: 1, width: 2),
                padding: EdgeInsets(top: 0, bottom: 0, left: 1, right: 1)),
            with: "max_pool_uneven")
    }

    @Test func averagePools() throws {
        try expectAgreement(AveragePool2D(kernel: 3, strides: 2, padding: 1), with: "average_pool")
        try expectAgreement(
            AveragePool2D(kernel: 3, strides: 2, padding: 1, countsPadding: false), with: "average_pool_inside")
        try expectAgreement(AveragePool2D(kernel: 2, ceilMode: true), with: "average_pool_ceil")
        try expectAgreement(GlobalAveragePool(), with: "global_average_pool")
    }

    @Test func upsample() throws {
        try expectAgreement(Upsample(factors: 2), with: "nearest")
        try expectAgreement(Upsample(factors: Size(height: 3, width: 2)), with: "nearest_uneven")
        try expectAgreement(Upsample(factors: 2, method: .bilinear()), with: "bilinear")
        try expectAgreement(
            Upsample(factors: Size(height: 2, width: 3), method: .bilinear(alignsCorners: true)),
            with: "bilinear_aligned")
    }
}
