import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

@Suite struct MachineTests {
    @Test func readsTheProcessor() {
        let processor = Processor(
            cpuinfo: """
                processor\t: 0
                model name\t: A Processor: fast
                flags\t\t: fpu sse4_2 avx2 avx512_bf16 avx
                """)
        #expect(processor.model == "A Processor: fast")
        #expect(processor.features == ["sse4_2", "avx", "avx2", "avx512_bf16"])
        #expect(Processor(cpuinfo: nil).model == "unknown")
    }

    @Test func readsTheMemory() {
        let memory = SystemMemory(meminfo: "MemTotal:       2048 kB\nMemFree:  1 kB\nMemAvailable:   1024 kB\n")
        #expect(memory.total == 2 << 20)
        #expect(memory.available == 1 << 20)
        #expect(SystemMemory(meminfo: nil).total == 0)
    }

    #if os(Linux)
    @Test func findsTheLibrariesOfThisProcess() throws {
        // OpenBLAS is opened by the first product, where there is one.
        if BLASBackend().details.hasPrefix("OpenBLAS ") {
            let blas = try #require(LoadedLibrary.all().first { $0.name == "libopenblas" })
            #expect(blas.version.hasPrefix("OpenBLAS "))
            #expect(BLASBackend().notes.contains { $0.hasPrefix(blas.path) })
        }
        let images = try #require(LoadedLibrary.all().first { $0.name == "libpng" })
        #expect(images.path.hasPrefix("/"))
        #expect(try #require(SystemMemory.peakOfProcess) > 1 << 20)
    }
    #endif
}
