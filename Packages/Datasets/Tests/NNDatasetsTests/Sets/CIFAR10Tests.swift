import Foundation
import NNCore
import Testing

@testable import NNDatasets

@Suite struct CIFAR10Tests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Two records; every byte of the planes follows from the file, the record, and its position.
    func makeFiles() throws {
        for (file, name) in ((1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]).enumerated() {
            var records: [UInt8] = []
            for record in 0..<2 {
                records.append(UInt8(file + record))
                for byte in 0..<3072 {
                    records.append(UInt8(truncatingIfNeeded: byte * 7 + byte / 1024 + file + record))
                }
            }
            try folder.write(records, to: name)
        }
    }

    func dataset(_ split: Split) throws -> any Dataset {
        try CIFAR10(path: folder.url.path, split: split, recordsPerFile: 2)
    }

    @Test func planesBecomePixels() throws {
        try makeFiles()
        let train = try dataset(.train)
        #expect(train.count == 10)
        #expect(train.classNames.count == 10)
        // The second record of the third file.
        let sample = try train.sample(at: 5)
        #expect(sample.target == .label(3))
        #expect(sample.image.size == 32 && sample.image.channels == 3)
        for (row, column, channel) in [(0, 0, 0), (3, 31, 1), (31, 31, 2)] {
            let byte = channel * 1024 + row * 32 + column
            #expect(sample.image[row, column, channel] == UInt8(truncatingIfNeeded: byte * 7 + channel + 3))
        }
        #expect(sample.name.hasSuffix("data_batch_3.bin, record 1"))
        #expect(try dataset(.test).count == 2)
        #expect(try dataset(.validation).sample(at: 1).target == .label(6))
    }

    @Test func shortFileIsRefused() throws {
        try makeFiles()
        try folder.write([UInt8](repeating: 0, count: 6145), to: "data_batch_4.bin")
        let message = failure { _ = try dataset(.train) }
        #expect(message?.contains("data_batch_4.bin: it has 6145 bytes, not 6146") == true)
        #expect(try dataset(.test).count == 2)
    }

    @Test func missingFileIsNamed() throws {
        let message = failure { _ = try dataset(.train) }
        #expect(message?.contains("data_batch_1.bin: it cannot be opened") == true)
        #expect(message?.contains("binary version") == true)
    }

    @Test func labelOutOfClassesIsRefused() throws {
        try makeFiles()
        var bytes = [UInt8](repeating: 0, count: 6146)
        bytes[3073] = 10
        try folder.write(bytes, to: "test_batch.bin")
        let message = failure { _ = try dataset(.test) }
        #expect(message?.contains("test_batch.bin: record 1 has the label 10") == true)
    }

    @Test func realFilesHaveTenThousandRecords() throws {
        try makeFiles()
        let message = failure { _ = try CIFAR10(path: folder.url.path) }
        #expect(message?.contains("not 30730000") == true)
    }
}
