import Foundation
import NNCore
import Testing

@testable import NNOneDNN

/// Files that cannot be used. Each ends in one message.
@Suite struct OneDNNLibraryTests {
    private func message(for path: String) throws -> String {
        let error = #expect(throws: EngineError.self) { _ = try OneDNNLibrary.open(["NN_ONEDNN": path]) }
        #expect(error?.isWrongSetting == true)
        return try #require(error).description
    }

    /// The message for a file of these bytes.
    private func message(forFileOf data: Data) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("nn-\(UUID().uuidString).so")
        try data.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try message(for: file.path)
    }

    @Test func namesAMissingFileAndTheRemedy() throws {
        let text = try message(for: "/no/such/libdnnl.so.3")
        #expect(text.contains("/no/such/libdnnl.so.3") && text.contains("No such file"))
        #expect(text.contains("NN_ONEDNN"))
    }

    @Test func refusesAFileThatIsNoLibrary() throws {
        #expect(try message(forFileOf: Data("not a library".utf8)).contains("not a shared library"))
        #expect(try message(for: NSTemporaryDirectory()).contains("not a file"))
    }

    @Test func refusesAShortenedLibrary() throws {
        let library = try OneDNNLibrary.open()
        let data = try Data(contentsOf: URL(fileURLWithPath: library.path))
        for length in [100, 4096, data.count / 2, data.count - 1] {
            #expect(try message(forFileOf: data.prefix(length)).contains("cut short"))
        }
    }

    @Test func refusesAnotherArchitectureAndAnotherLibrary() throws {
        let library = try OneDNNLibrary.open()
        var data = try Data(contentsOf: URL(fileURLWithPath: library.path))
        // The number of the architecture: IA-64.
        data[18] = 50
        #expect(try message(forFileOf: data).contains("another processor architecture"))
        #expect(try message(for: "libm.so.6").contains("not oneDNN"))
    }

    @Test func prefersTheNewestVersionThree() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["libdnnl.so.2", "libdnnl.so.3.6", "libdnnl.so.3.12", "libdnnl.so.3.7", "libdnnl.so"] {
            try Data().write(to: folder.appendingPathComponent(name))
        }
        let names = OneDNNLibrary.candidates(in: [folder.path]).map { $0.split(separator: "/").last.map(String.init)! }
        #expect(
            names == [
                "libdnnl.so.3", "libdnnl.so.3.12", "libdnnl.so.3.7", "libdnnl.so.3.6", "libdnnl.so.2", "libdnnl.so.2",
            ])
    }
}
