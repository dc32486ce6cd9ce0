import Foundation
import Testing

@testable import NNCore

@Suite struct SafetensorsWritingTests {
    @Test func everythingIsReadBack() throws {
        let tensors: [(name: String, tensor: Tensor)] = DataType.allCases.reversed().map {
            ("weights.\($0) \"é\"\n", countingTensor([3, 2]).cast(to: $0))
        }
        let more: [(name: String, tensor: Tensor)] = [("scalar", Tensor(scalar: Float(3))), ("empty", .zeros([0, 2]))]
        let metadata = ["format": "pt", "epoch": "3", "quote": "\"\\"]
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            try SafetensorsFile.write(tensors: tensors + more, metadata: metadata, to: url)
            let file = try SafetensorsFile(url)
            #expect(file.metadata == metadata)
            #expect(Set(file.names) == Set((tensors + more).map(\.name)))
            for (name, tensor) in tensors + more {
                let again = try file.tensor(named: name)
                #expect(again.specification == tensor.specification)
                #expect(again.floats == tensor.floats)
                #expect(again.withUnsafeBytes { Int(bitPattern: $0.baseAddress) } % tensor.dataType.byteCount == 0)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.safetensors"])
        }
    }

    @Test func elementsBeginAtACacheLine() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            for length in 1...70 {
                let name = String(repeating: "n", count: length)
                try SafetensorsFile.write(tensors: [(name, countingTensor([1]))], to: url)
                let content = try Data(contentsOf: url)
                #expect((content.count - 4) % 64 == 0)
            }
        }
    }

    @Test func equalContentGivesEqualBytes() throws {
        try withTemporaryFolder { folder in
            let urls = ["a", "b"].map { folder.appendingPathComponent($0) }
            let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "value") })
            for url in urls {
                try SafetensorsFile.write(tensors: [("x", countingTensor([2]))], metadata: metadata, to: url)
            }
            #expect(try Data(contentsOf: urls[0]) == Data(contentsOf: urls[1]))
        }
    }

    @Test func replacesAFileThatIsMapped() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            try SafetensorsFile.write(tensors: [("x", countingTensor([2]))], to: url)
            let old = try SafetensorsFile(url).tensor(named: "x")
            try SafetensorsFile.write(tensors: [("x", Tensor([5, 6] as [Float]))], to: url)
            #expect(old.floats == [0, 1])
            #expect(try SafetensorsFile(url).tensor(named: "x").floats == [5, 6])
        }
    }

    @Test(arguments: ["twice", "__metadata__"])
    func refusesNames(_ name: String) throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            let tensors = [("twice", countingTensor([1])), (name, countingTensor([1]))]
            let error = #expect(throws: TensorFileError.self) { try SafetensorsFile.write(tensors: tensors, to: url) }
            #expect(error?.tensor == name)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.isEmpty)
        }
    }

    @Test func fullDiskLeavesWhatWasThere() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            try Data("old".utf8).write(to: url)
            let temporary = folder.appendingPathComponent("x.tmp")
            try Data().write(to: temporary)
            let error = #expect(throws: TensorFileError.self) {
                // Whatever is written to this device fails as on a full disk.
                let full = AtomicFile(url, temporary: temporary.path, descriptor: open("/dev/full", O_WRONLY))
                try SafetensorsFile.write(tensors: [("x", countingTensor([2]))], metadata: [:], into: full)
            }
            #expect(error?.kind == .unwritable)
            #expect(
                error?.description
                    == "\(url.path): cannot be written: No space left on device; make space, or write to another disk")
            #expect(try String(contentsOf: url, encoding: .utf8) == "old")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.safetensors"])
        }
    }

    @Test func wholeFilesReplaceWhatWasThere() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.json")
            for text in ["an old and longer text", "new", ""] {
                try AtomicFile.write(Data(text.utf8), to: url)
                #expect(try String(contentsOf: url, encoding: .utf8) == text)
            }
            let missing = folder.appendingPathComponent("none/x.json")
            let error = #expect(throws: TensorFileError.self) { try AtomicFile.write(Data(), to: missing) }
            #expect(error?.description.hasPrefix("\(missing.path): cannot be written: ") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.json"])
        }
    }

    /// The temporary name is not longer than the file system allows.
    @Test func namesMayHave255Bytes() throws {
        try withTemporaryFolder { folder in
            let name = String(repeating: "\u{e9}", count: 125) + ".json"
            try AtomicFile.write(Data("long".utf8), to: folder.appendingPathComponent(name))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [name])
        }
    }

    @Test func namesAFolderThatIsMissing() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("none/x.safetensors")
            let error = #expect(throws: TensorFileError.self) { try SafetensorsFile.write(tensors: [], to: url) }
            #expect(error?.reason.hasSuffix("create its folder first") == true)
        }
    }

    @Test func leavesNothingWhereTheNameIsAFolder() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            #expect(throws: TensorFileError.self) { try SafetensorsFile.write(tensors: [], to: url) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
        }
    }
}
