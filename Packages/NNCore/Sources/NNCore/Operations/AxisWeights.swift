import CNNKernels

/// What each row of an image is made of when rows are averaged or interpolated: a sparse matrix.
///
/// Average pooling and resizing treat rows and columns alike and apart from each other, so both are
/// two of these, and the pullback is the two transposed.
struct AxisWeights: Sendable {
    /// The number of rows that go in.
    let sourceLength: Int
    private(set) var positions: [Int64] = []
    private(set) var weights: [Float] = []
    /// Where the terms of each row that comes out begin, and where the last ones end.
    private(set) var offsets: [Int64] = [0]

    init(sourceLength: Int) { self.sourceLength = sourceLength }

    /// The number of rows that come out.
    var length: Int { offsets.count - 1 }

    /// Refuses a size that is none, or for which there would be more terms along an axis than are counted in 32 bits.
    static func checkTerms(_ rows: Int, _ columns: Int, of size: Size, for operation: String) throws(ShapeError) {
        guard size.isPossible, rows <= Int(Int32.max), columns <= Int(Int32.max) else {
            throw ShapeError(operation: operation, reason: "\(size) is no size for an image")
        }
    }

    /// Adds a row that comes out. Terms of weight 0 are left out: infinity times 0 is not a number.
    mutating func append(_ terms: [(position: Int, weight: Float)]) {
        for term in terms where term.weight != 0 {
            positions.append(Int64(term.position))
            weights.append(term.weight)
        }
        offsets.append(Int64(positions.count))
    }

    /// What the rows that go in collect from those that came out.
    var transposed: AxisWeights {
        var terms = [[(position: Int, weight: Float)]](repeating: [], count: sourceLength)
        for row in 0..<length {
            for term in Int(offsets[row])..<Int(offsets[row + 1]) {
                terms[Int(positions[term])].append((row, weights[term]))
            }
        }
        var result = AxisWeights(sourceLength: length)
        for row in terms { result.append(row) }
        return result
    }

    fileprivate func withKernelForm<Result>(_ body: (nn_axis_weights) -> Result) -> Result {
        offsets.withUnsafeBufferPointer { offsets in
            positions.withUnsafeBufferPointer { positions in
                weights.withUnsafeBufferPointer { weights in
                    body(
                        nn_axis_weights(
                            length: Int64(length), offsets: offsets.baseAddress!,
                            positions: positions.baseAddress!, weights: weights.baseAddress!))
                }
            }
        }
    }
}

extension Tensor {
    /// The image `[N, rows.length, columns.length, C]` of the weighted sums of this one's pixels.
    func resampled(rows: AxisWeights, columns: AxisWeights) -> Tensor {
        let result = Tensor(
            uninitialized: [shape[0], rows.length, columns.length, shape[3]], dataType: dataType)
        resample(rows: rows, columns: columns, into: result)
        return result
    }

    /// Writes the weighted sums of this image's pixels into an image `[N, rows.length, columns.length, C]`.
    func resample(rows: AxisWeights, columns: AxisWeights, into result: Tensor) {
        rows.withKernelForm { rows in
            columns.withKernelForm { columns in
                nn_resample(
                    result.unsafePointer, unsafePointer, dataType.kernelCode, Int64(shape[0]), Int64(shape[1]),
                    Int64(shape[2]), Int64(shape[3]), rows, columns)
            }
        }
    }
}
