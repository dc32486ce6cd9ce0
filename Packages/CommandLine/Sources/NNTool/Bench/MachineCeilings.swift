import NNLayers

/// What the machine can do at best, measured in about a second.
struct MachineCeilings: Codable, Equatable {
    /// Billions of multiplications and additions a second in a large product of matrices, by the best backend.
    let gigaflops: Double
    /// The backend.
    let backend: String
    /// Billions of bytes a second that a copy of memory reads and writes.
    let gigabytesPerSecond: Double

    var text: String {
        "\(gigaflops.fixed(0)) GFLOP/s (product of matrices by \(backend)), "
            + "\(gigabytesPerSecond.fixed(1)) GB/s (copy of memory)"
    }
}

extension MachineCeilings {
    /// Measures with the engine's backends and threads.
    init(precision: Precision) {
        var best = (rate: 0.0, backend: "none")
        let small = 512
        for backend in Engine.backends {
            for form in ProductForm.allCases {
                guard let first = form.rate(backend, size: small, precision, seconds: 0.02) else { continue }
                // A backend that is far behind is not asked for a hundred times as much.
                guard first > best.rate / 4 else { continue }
                let rate = form.rate(backend, size: first > 50 ? 3 * small : small, precision, seconds: 0.15) ?? 0
                if rate > best.rate { best = (rate, backend.name) }
            }
        }
        gigaflops = best.rate
        backend = best.backend
        gigabytesPerSecond = Self.copyRate()
    }

    /// The best rate of copies of 64 MiB, which no cache holds.
    private static func copyRate() -> Double {
        let source = Tensor.zeros([1 << 24])
        let bytes = 2 * Double(source.specification.byteCount)
        return bytes
            * Repetition.bestRate(seconds: 0.2) {
                var copy = source
                // A copy shares memory until it is written to.
                copy.withMutableScalars(as: Float.self) { $0[0] = 1 }
            } / 1e9
    }
}

/// The ways to ask a backend for a product of matrices.
private enum ProductForm: CaseIterable {
    case product
    /// A convolution of 1x1 pixel is one, for a library that leaves products to others.
    case convolution

    /// Billions of operations a second; nil where the backend declines.
    func rate(_ backend: any Backend, size: Int, _ precision: Precision, seconds: Double) -> Double? {
        let type = precision.dataType
        let left = Tensor.ones([size, size], dataType: type)
        let calculate: () -> Tensor?
        switch self {
        case .product:
            let product = MatrixProduct(rows: size, columns: size, inner: size, dataType: type)
            let right = Tensor.ones([size, size], dataType: type)
            calculate = { backend.matrixProduct(product, left: left, right: right, bias: nil) }
        case .convolution:
            let images = left.reshaped([1, 16, size / 16, size])
            let weight = Tensor.ones([size, size, 1, 1])
            calculate = {
                backend.convolution(
                    images, weight: weight, geometry: ConvolutionGeometry(), epilogue: ConvolutionEpilogue())
            }
        }
        // The first call compiles code and packs weights.
        guard calculate() != nil else { return nil }
        let cube = Double(size) * Double(size) * Double(size)
        return 2 * cube * Repetition.bestRate(seconds: seconds) { _ = calculate() } / 1e9
    }
}

private enum Repetition {
    /// How often a second `body` runs at best.
    static func bestRate(seconds: Double, _ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        var best = Double.infinity
        repeat {
            best = min(best, clock.measure(body) / .seconds(1))
        } while clock.now - start < .seconds(seconds)
        return 1 / best
    }
}
