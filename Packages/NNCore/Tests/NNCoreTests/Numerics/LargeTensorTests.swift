import Foundation
import NNCore
import Testing

/// Tensors of more than 2^31 elements. They take up to 5 GiB, so they are tried where `NN_LARGE_TESTS` is set only.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["NN_LARGE_TESTS"] != nil))
struct LargeTensorTests {
    private static let count = (1 << 31) + 5

    @Test func bytes() {
        defer { Allocator.shared.releaseUnused() }
        var bytes = Tensor.ones([Self.count], dataType: .uint8)
        bytes.withMutableScalars(as: UInt8.self) { $0[Self.count - 1] = 7 }
        #expect(bytes.sum().item(as: Int64.self) == Int64(Self.count) + 6)
        #expect(bytes.max().item == 7)
        #expect(bytes[(Self.count - 2)...].scalars(as: UInt8.self) == [1, 7])
        #expect((bytes + 1).max().item == 8)
        #expect(bytes.isEqual(to: 7).sum().item(as: Int64.self) == 1)
    }

    @Test func averages() {
        defer { Allocator.shared.releaseUnused() }
        // Rows and columns have a limit of their own.
        let wide = TensorSpecification(shape: [1, 1, Self.count, 1], dataType: .bfloat16)
        #expect(refusal(of: wide) { _ = $0[0].globalAveragePooled() }?.contains("rows or columns of pixels") == true)
        let (rows, columns) = (1 << 11, 1 << 20)
        let count = (rows + 1) * columns
        var image = Tensor.ones([1, rows + 1, columns, 1], dataType: .bfloat16)
        #expect(image.globalAveragePooled().item == 1)
        #expect(image.adaptivelyAveragePooled(to: 1).item == 1)
        image.withMutableScalars(as: BFloat16.self) { $0[count - 1] = BFloat16(3) }
        #expect(image.resized(to: Size(height: 1, width: 1 << 20), method: .nearest).item(at: 0) == 1)
        let positions = refusal(of: image.specification) { _ = $0[0].reshaped([count]).argmax() }
        #expect(positions?.contains("or too many") == true)
    }
}

extension Tensor {
    fileprivate func item(at index: Int) -> Float { withScalars(as: BFloat16.self) { Float($0[index]) } }
}
