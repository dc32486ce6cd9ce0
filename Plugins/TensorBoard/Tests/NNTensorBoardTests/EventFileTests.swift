import Foundation
import NNCore
import NNDatasets
import NNTraining
import Testing

@testable import NNTensorBoard

@Suite struct EventFileTests {
    @Test func readersFindWhatWasAdded() throws {
        let folder = try TemporaryFolder()
        let file = try EventFile(in: folder.file("runs/first"))
        try file.add(0.1, as: "loss", step: 1)
        try file.add(.nan, as: "loss", step: 2)
        try file.add(-.infinity, as: "loss", step: 1 << 40)
        try file.add(text: "**größer** | 更好", as: "notes", step: 3)
        let pixels: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        try file.add(
            Image(size: Size(height: 2, width: 3), channels: 3, pixels: pixels), as: "images/a", step: 4)
        try file.add(histogramOf: Tensor([1, 2, 4] as [Float]), as: "weights", step: 5)
        try file.close()

        let found = try events(of: file.url)
        #expect(found.count == 7)
        #expect(found[0].fileVersion == "brain.Event:2" && found[0].step == 0)
        #expect(found.allSatisfy { abs($0.wallTime - Date().timeIntervalSince1970) < 100 })
        #expect(found.dropFirst().map(\.step) == [1, 2, 1 << 40, 3, 4, 5])
        let values = found.dropFirst().map { $0.summary.value[0] }
        #expect(values.map(\.tag) == ["loss", "loss", "loss", "notes", "images/a", "weights"])
        #expect(values[0].simpleValue == 0.1)
        #expect(values[1].simpleValue.isNaN && values[2].simpleValue == -.infinity)
        #expect(values[3].metadata.pluginData.pluginName == "text" && values[3].tensor.dtype == .dtString)
        #expect(String(decoding: values[3].tensor.stringVal[0], as: UTF8.self) == "**größer** | 更好")
        let image = values[4].image
        #expect((image.height, image.width, image.colorspace) == (2, 3, 3))
        #expect(try Image(encoded: [UInt8](image.encodedImageString), file: "").pixels == pixels)
        #expect(values[5].histo.sum == 7)
    }

    @Test(arguments: ["", "a b/c\n\"<script>", "日本/語", String(repeating: "x", count: 10_000)])
    func tagsMayHaveAnyCharacters(tag: String) throws {
        let folder = try TemporaryFolder()
        let file = try EventFile(in: folder.url)
        try file.add(1, as: tag, step: 1)
        try file.close()
        #expect(try points(in: folder.url).map(\.value.tag) == [tag])
    }

    /// A program that is killed leaves events of steps that it repeats, and a torn one at the end.
    @Test func laterEventsAreCutOff() throws {
        let folder = try TemporaryFolder()
        let first = try EventFile(in: folder.url)
        for step in 1...9 { try first.add(Double(step), as: "loss", step: step) }
        try first.close()
        let whole = try Data(contentsOf: first.url)
        for lost in [0, 1, 5, 20] {
            try whole.dropLast(lost).write(to: first.url)
            let next = try EventFile(in: folder.url, continuingAfter: 6)
            try next.add(70, as: "loss", step: 7)
            try next.close()
            #expect(next.url.lastPathComponent > first.url.lastPathComponent)
            #expect(try points(in: folder.url).map(\.step) == [1, 2, 3, 4, 5, 6, 7])
            #expect(try points(in: folder.url).map(\.value.simpleValue) == [1, 2, 3, 4, 5, 6, 70])
            // Readers that have seen the later steps forget them.
            let start = try events(of: next.url)[1]
            #expect(start.sessionLog.status == .start && start.step == 7)
        }
        // Files stay for readers that watch them, without events.
        _ = try EventFile(in: folder.url, continuingAfter: 0)
        #expect(try points(in: folder.url).isEmpty && eventFiles(in: folder.url).count == 6)
        #expect(try events(of: first.url).map(\.fileVersion) == ["brain.Event:2"])
    }

    /// What follows a damaged record no reader finds.
    @Test func damageEndsAFile() throws {
        let folder = try TemporaryFolder()
        let file = try EventFile(in: folder.url)
        for step in 1...3 { try file.add(1, as: "loss", step: step) }
        try file.close()
        var bytes = try Data(contentsOf: file.url)
        let ranges = EventRecord.events(in: bytes)
        #expect(ranges.count == 4)
        bytes[ranges[2].lowerBound + 1] ^= 4
        #expect(EventRecord.events(in: bytes).count == 2)
        bytes = try Data(contentsOf: file.url)
        bytes[ranges[3].lowerBound - 12 + 5] = 0xFF
        #expect(EventRecord.events(in: bytes).count == 3)
        #expect(EventRecord.events(in: Data()).isEmpty)
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: folder.file("file"))
        let error = #expect(throws: RunError.self) { try EventFile(in: folder.file("file/events")) }
        #expect(error?.description.contains("cannot write event files") == true)
        #expect(error?.description.contains("file/events") == true)
        guard geteuid() != 0 else { return }
        chmod(folder.url.path, 0o555)
        defer { chmod(folder.url.path, 0o755) }
        #expect(throws: RunError.self) { try EventFile(in: folder.url) }
    }

    /// As on a disk that has room again.
    @Test func eventsOutliveAFullDisk() throws {
        let folder = try TemporaryFolder()
        let file = try EventFile(in: folder.url)
        try file.add(1, as: "loss", step: 1)
        let size = try Data(contentsOf: file.url).count
        var old = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
        var new = rlimit(rlim_cur: rlim_t(size + 10), rlim_max: old.rlim_max)
        signal(SIGXFSZ, SIG_IGN)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &new)
        let error = #expect(throws: RunError.self) { try file.add(2, as: "loss", step: 2) }
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
        #expect(error?.description.contains(file.url.path) == true)
        #expect(try Data(contentsOf: file.url).count == size)
        try file.add(3, as: "loss", step: 3)
        try file.close()
        #expect(try points(in: folder.url).map(\.step) == [1, 2, 3])
    }
}
