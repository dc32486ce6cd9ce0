import CImages
import Foundation
import NNLayers

/// Changes of batches on the loader's threads, where the kernels' pool must stay free for the network.
extension Tensor {
    /// Slices along the first axis in another order, or some of them.
    func slices(_ order: [Int]) -> Tensor {
        let result = Tensor(uninitialized: Shape([order.count] + shape.dimensions.dropFirst()), dataType: dataType)
        let pitch = byteCount / shape[0]
        for (position, index) in order.enumerated() {
            (result.unsafePointer + position * pitch).copyMemory(from: unsafePointer + index * pitch, byteCount: pitch)
        }
        return result
    }

    /// Each slice along the first axis blended with another one.
    /// - Parameters:
    ///   - order: the slice that is blended with each.
    ///   - share: the part of those in the result, from 0 to 1.
    func mixed(with order: [Int], share: Float) -> Tensor {
        let result = Tensor(uninitialized: shape, dataType: dataType)
        let count = elementCount / order.count
        for (position, index) in order.enumerated() {
            let (to, first, second) = (
                result.unsafePointer + position * count * dataType.byteCount,
                unsafePointer + position * count * dataType.byteCount,
                unsafePointer + index * count * dataType.byteCount
            )
            switch dataType {
            case .float32:
                nn_mix_f32(
                    to.assumingMemoryBound(to: Float.self), first.assumingMemoryBound(to: Float.self),
                    second.assumingMemoryBound(to: Float.self), share, Int64(count))
            case .bfloat16:
                nn_mix_bf16(
                    to.assumingMemoryBound(to: UInt16.self), first.assumingMemoryBound(to: UInt16.self),
                    second.assumingMemoryBound(to: UInt16.self), share, Int64(count))
            default: trap("mixed: numbers of type \(dataType)")
            }
        }
        return result
    }

    /// Each slice `[H, W, ...]` along the first axis with a part of another one in the same place.
    /// - Parameter order: the slice that the part is taken from.
    func pasting(rows: Range<Int>, columns: Range<Int>, from order: [Int]) -> Tensor {
        require(rank >= 3, "pasting: pixels of \(shape)")
        let result = slices(Array(order.indices))
        let (height, width) = (shape[1], shape[2])
        let pixelBytes = byteCount / (order.count * height * width)
        for (position, index) in order.enumerated() {
            for row in rows {
                func offset(_ slice: Int) -> Int { ((slice * height + row) * width + columns.lowerBound) * pixelBytes }
                (result.unsafePointer + offset(position)).copyMemory(
                    from: unsafePointer + offset(index), byteCount: columns.count * pixelBytes)
            }
        }
        return result
    }
}
