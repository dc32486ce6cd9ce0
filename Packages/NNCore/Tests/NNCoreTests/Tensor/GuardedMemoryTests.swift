import Testing

@_spi(Testing) @testable import NNCore

@Suite(.serialized)
struct GuardedMemoryTests {
    @Test(arguments: [MemoryGuard.margins, .pages])
    func blocksAreFilledWithNaNAndIntact(_ kind: MemoryGuard) {
        let (sums, damaged) = Allocator.withGuardedMemory(kind) {
            [1, 15, 16, 1000, 4096].map { count in
                #expect(Tensor(uninitialized: [count]).floats.allSatisfy { $0.isNaN })
                return Tensor.ones([count]).sum().item
            }
        }
        #expect(sums == [1, 15, 16, 1000, 4096])
        #expect(damaged == 0)
    }

    @Test(arguments: [-1, 12, 4095])
    func writesAroundABlockAreCounted(offset: Int) {
        let (_, damaged) = Allocator.withGuardedMemory(.margins) {
            var tensor = Tensor.zeros([3])
            tensor.withUnsafeMutableBytes { ($0.baseAddress! + offset).storeBytes(of: 1, as: UInt8.self) }
        }
        #expect(damaged == 1)
    }

    @Test func anAccessBehindAPageEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            _ = Allocator.withGuardedMemory(.pages) {
                Tensor.zeros([16]).withUnsafeBytes { bytes in
                    print((bytes.baseAddress! + 64).load(as: UInt8.self))
                }
            }
        }
    }
}
