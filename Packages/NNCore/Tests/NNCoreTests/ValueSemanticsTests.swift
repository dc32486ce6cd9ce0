@_spi(Kernels) import NNCore
import Testing

/// A copy that is written to leaves the other tensors alone, and nothing that was kept beside the old values is used
/// for the new ones.
@Suite struct ValueSemanticsTests {
    /// The ways in which the public interface writes to a tensor: each sets the first value to 9.
    private static let writes: [@Sendable (inout Tensor) -> Void] = [
        { $0.withUnsafeMutableBytes { $0.storeBytes(of: 9, as: Float.self) } },
        { $0.withMutableScalars(as: Float.self) { $0[0] = 9 } },
        { $0.updateValues { $0.withMutableScalars(as: Float.self) { $0[0] = 9 } } },
        { tensor in
            var values = tensor.floats
            values[0] = 9
            tensor.replaceValues(with: Tensor(values, shape: tensor.shape))
        },
    ]

    @Test(arguments: writes.indices) func copiesKeepTheirValues(_ write: Int) {
        let original = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        var copy = original
        let view = original.reshaped([4])
        #expect(copy.memoryIdentity == original.memoryIdentity)
        Self.writes[write](&copy)
        #expect(copy.floats == [9, 2, 3, 4])
        #expect(original.floats == [1, 2, 3, 4])
        #expect(view.floats == [1, 2, 3, 4])
        #expect(copy.memoryIdentity != original.memoryIdentity)
    }

    @Test(arguments: writes.indices) func memoryThatIsBorrowedIsNotWrittenTo(_ write: Int) {
        final class Owner: Sendable {
            nonisolated(unsafe) let values = UnsafeBufferPointer(
                UnsafeMutableBufferPointer<Float>.allocate(capacity: 2))
            init() { UnsafeMutableBufferPointer(mutating: values).initialize(repeating: 5) }
            deinit { values.deallocate() }
        }
        let owner = Owner()
        var tensor = Tensor(
            borrowing: UnsafeRawPointer(owner.values.baseAddress!), shape: [2], dataType: .float32, owner: owner)
        Self.writes[write](&tensor)
        #expect(tensor.floats == [9, 5])
        #expect(Array(owner.values) == [5, 5])
    }

    /// The weight is the only owner of its memory, or shares it: its packed form must not outlive a change.
    @Test(arguments: writes.indices, [false, true]) func packedFormsFollowTheValues(_ write: Int, isShared: Bool) {
        let image = distinctTensor([1, 5, 5, 4])
        for backends in TestBackends.all {
            Engine.$scoped.withValue(backends) {
                var weight = distinctTensor([8, 4, 3, 3], seed: 2)
                let before = image.convolved(weight: weight)
                let copy = isShared ? weight : nil
                Self.writes[write](&weight)
                let fresh = Tensor(weight.floats, shape: weight.shape)
                #expect(image.convolved(weight: weight).floats == image.convolved(weight: fresh).floats)
                #expect(image.convolved(weight: weight).floats != before.floats)
                if let copy { #expect(image.convolved(weight: copy).floats == before.floats) }
            }
        }
    }

    @Test func memoryIsToldApartByItsIdentity() {
        let tensor = Tensor([1, 2] as [Float])
        #expect(tensor.memoryIdentity == tensor.detached.memoryIdentity)
        #expect(tensor.memoryIdentity != Tensor([1, 2] as [Float]).memoryIdentity)
    }
}
