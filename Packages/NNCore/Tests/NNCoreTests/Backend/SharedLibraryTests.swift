import Foundation
import Testing

@testable import NNCore

#if os(Linux)
@Suite struct SharedLibraryTests {
    /// The C library, which every program has open.
    private static let system = try? SharedLibrary("libc.so.6")

    @Test func aLibraryIsOpenedAndNamesItsFile() throws {
        let library = try SharedLibrary("libc.so.6")
        let abs = try #require(library.function("abs", as: (@convention(c) (Int32) -> Int32).self))
        #expect(abs(-3) == 3)
        #expect(library.function("nn_no_such_function", as: (@convention(c) () -> Void).self) == nil)
        let path = library.path(ofFunction: "abs")
        #expect(path.hasPrefix("/") && path.contains("libc"))
        _ = try SharedLibrary(path)
    }

    @Test func badFilesAreRefusedWithOneMessage() throws {
        let path = try #require(Self.system).path(ofFunction: "abs")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var foreign = whole
        foreign[18] ^= 0x55
        var narrow = whole
        narrow[4] = 3 - narrow[4]
        let cases: [(Data?, String)] = [
            (nil, "No such file"), (Data(), "no ELF file"), (Data("no library".utf8), "no ELF file"),
            (whole.prefix(whole.count / 2), "cut short"), (whole.prefix(64), "cut short"),
            (foreign, "another processor architecture"), (narrow, "another processor architecture"),
        ]
        for (content, says) in cases {
            let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).so")
            defer { try? FileManager.default.removeItem(at: file) }
            try content?.write(to: file)
            let error = #expect(throws: EngineError.self) { try SharedLibrary(file.path) }
            #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
            // The multiplier goes on without it.
            let chosen = MatrixMultiplier(environment: ["NN_BLAS": file.path], freeAddresses: nil)
            #expect(chosen.library == nil)
            #expect(chosen.problem?.contains("NN_BLAS is '\(file.path)': ") == true)
        }
        let folder = #expect(throws: EngineError.self) { try SharedLibrary("/") }
        #expect(folder?.description.contains("not a file") == true)
        let other = MatrixMultiplier(environment: ["NN_BLAS": path], freeAddresses: nil)
        #expect(other.problem?.contains("has no function 'cblas_sgemm'") == true)
    }
}
#endif
