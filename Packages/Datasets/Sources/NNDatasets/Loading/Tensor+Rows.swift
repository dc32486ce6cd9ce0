import CNNImages
import Foundation
import NNLayers

/// Slices of tensors, copied on the loader's threads, as the kernels' threads must stay free for the network.
extension Tensor {
    /// Calls a closure with the bytes of a slice along the first axis, such as a row of `[N, C]`.
    func withRow<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes { bytes in
            let pitch = bytes.count / shape[0]
            return try body(UnsafeRawBufferPointer(rebasing: bytes[index * pitch..<(index + 1) * pitch]))
        }
    }

    /// Calls a closure with the bytes of a slice along the first axis, for writing.
    mutating func withMutableRow<Result>(
        _ index: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let pitch = byteCount / shape[0]
        return try withUnsafeMutableBytes { bytes in
            try body(UnsafeMutableRawBufferPointer(rebasing: bytes[index * pitch..<(index + 1) * pitch]))
        }
    }

    /// Whether all values of a row of `[N, C]`, float32 or bfloat16, are finite.
    func isFinite(row: Int) -> Bool {
        withRow(row) { bytes in
            dataType == .bfloat16
                ? bytes.bindMemory(to: UInt16.self).allSatisfy { $0 & 0x7f80 != 0x7f80 }
                : bytes.bindMemory(to: Float.self).allSatisfy(\.isFinite)
        }
    }
}

/// Changes of batches on the loader's threads.
extension Tensor {
    /// The slices along the first axis at some indices.
    func slices(_ order: [Int]) -> Tensor {
        var result = Tensor(uninitialized: Shape([order.count] + shape.dimensions.dropFirst()), dataType: dataType)
        for (position, index) in order.enumerated() {
            withRow(index) { row in result.withMutableRow(position) { $0.copyMemory(from: row) } }
        }
        return result
    }

    /// Each slice along the first axis blended with another one.
    /// - Parameters:
    ///   - order: The index of the slice that is blended with each.
    ///   - share: The weight of the other one, from 0 to 1.
    func mixed(with order: [Int], share: Float) -> Tensor {
        require(dataType.isFloatingPoint, "mixed: numbers of type \(dataType)")
        var result = Tensor(uninitialized: shape, dataType: dataType)
        let count = Int64(elementCount / order.count)
        for (position, index) in order.enumerated() {
            withRow(position) { first in
                withRow(index) { second in
                    result.withMutableRow(position) { to in
                        guard let to = to.baseAddress, let first = first.baseAddress, let second = second.baseAddress
                        else { return }
                        if dataType == .bfloat16 {
                            nn_mix_bf16(
                                to.assumingMemoryBound(to: UInt16.self), first.assumingMemoryBound(to: UInt16.self),
                                second.assumingMemoryBound(to: UInt16.self), share, count)
                        } else {
                            nn_mix_f32(
                                to.assumingMemoryBound(to: Float.self), first.assumingMemoryBound(to: Float.self),
                                second.assumingMemoryBound(to: Float.self), share, count)
                        }
                    }
                }
            }
        }
        return result
    }

    /// Each slice `[H, W, ...]` along the first axis with a rectangle of another one at the same position.
    /// - Parameter order: The index of the slice that the rectangle is copied from.
    func pasting(rows: Range<Int>, columns: Range<Int>, from order: [Int]) -> Tensor {
        require(rank >= 3, "pasting: pixels of \(shape)")
        var result = slices(Array(order.indices))
        let (height, width) = (shape[1], shape[2])
        let pixelBytes = byteCount / (order.count * height * width)
        for (position, index) in order.enumerated() {
            withRow(index) { source in
                result.withMutableRow(position) { target in
                    for row in rows {
                        let begin = (row * width + columns.lowerBound) * pixelBytes
                        let part = begin..<begin + columns.count * pixelBytes
                        UnsafeMutableRawBufferPointer(rebasing: target[part])
                            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[part]))
                    }
                }
            }
        }
        return result
    }
}
