import Foundation
import Testing

@testable import NNTool

struct OutputFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func failure(_ name: String, notOver inputs: [String] = []) -> String? {
        do {
            _ = try OutputFile(folder.url.appending(path: name), notOver: inputs.map { folder.url.appending(path: $0) })
            return nil
        } catch {
            return error.message
        }
    }

    @Test func whatIsReadIsNotWrittenOver() throws {
        try folder.write("a", to: "a.yaml")
        try folder.write("b", to: "b.onnx")
        let link = folder.url.appending(path: "link.yaml")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "a.yaml")
        #expect(
            failure("a.yaml", notOver: ["b.onnx", "a.yaml"])?.contains("a.yaml: the result would overwrite") == true)
        #expect(failure("link.yaml", notOver: ["a.yaml"]) != nil)
        #expect(failure("a.yaml", notOver: ["link.yaml"]) != nil)
        #expect(failure("b.onnx", notOver: ["a.yaml"]) == nil)
        #expect(failure("new.onnx", notOver: ["a.yaml", "none"]) == nil)
    }

    @Test func linksLeadToTheirFile() throws {
        try folder.write("a", to: "a.onnx")
        let link = folder.url.appending(path: "link.onnx")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "a.onnx")
        #expect(try OutputFile(link, notOver: []).url.lastPathComponent == "a.onnx")
    }

    @Test func whatIsNoFileStays() throws {
        mkfifo(folder.url.appending(path: "pipe").path, 0o600)
        #expect(failure("pipe")?.contains("is not a regular file but a folder, a device or a pipe") == true)
        #expect(failure(".")?.contains("is not a regular file") == true)
        #expect(throws: CommandFailure.self) { try OutputFile(URL(filePath: "/dev/null"), notOver: []) }
    }
}

struct FolderLockTests {
    @Test func oneAtATime() throws {
        let folder = try TemporaryFolder()
        var first = FolderLock(folder.url)
        #expect(first != nil)
        #expect(FolderLock(folder.url) == nil)
        first = nil
        #expect(FolderLock(folder.url) != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }
}
