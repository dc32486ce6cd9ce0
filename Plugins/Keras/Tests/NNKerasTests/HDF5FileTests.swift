import CNNHDF5
import Foundation
import NNLayers
@_spi(Testing) import NNTesting
import NNWeights
import Testing

@testable import NNKeras

/// What the process of libhdf5 tells, and how it ends.
@Suite(.serialized) struct HDF5FileTests {
    private func url(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
    }

    /// Elements in the header, the largest byte first, and bfloat16.
    @Test func readsElementsOfAllTypes() throws {
        let file = try KerasFormat().open(url("types.h5"))
        let expected = [
            "layer/bfloat16": "bfloat16", "layer/compact": "float32", "layer/compact_big": "float64",
            "layer/f2": "float16", "layer/f8": "float64", "layer/i2": "int16", "layer/i8": "int64",
            "layer/u4": "uint32",
        ]
        #expect(Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.storedType) }) == expected)
        for name in ["layer/compact", "layer/compact_big"] {
            try checkEqual(file.tensor(named: name), hashedKerasValues(name, [3, 2]), name)
        }
        for name in ["layer/f2", "layer/f8"] {
            try checkEqual(file.tensor(named: name), Tensor([1, 2, 100] as [Float]), name)
        }
        try checkEqual(file.tensor(named: "layer/i2"), Tensor([1, 2, 100] as [Int32]))
        for name in ["layer/i8", "layer/u4"] {
            try checkEqual(file.tensor(named: name), Tensor([1, 2, 100] as [Int64]), name)
        }
        let halves = try file.tensor(named: "layer/bfloat16")
        #expect(halves.dataType == .bfloat16)
        #expect(halves.cast(to: .float32).floats == [1, -2, 0.5])
    }

    /// However the process ends, it is one message with the name of the file.
    @Test func aProcessThatEndsEarlyIsAnError() throws {
        let url = try url("keras1_weights.h5")
        for (behavior, reason) in [
            (NN_HDF5_CRASHES, "crashes libhdf5, whose process ended by signal 11"),
            (NN_HDF5_LOOPS, "keeps libhdf5 busy"),
        ] {
            let error = #expect(throws: TensorFileError.self) {
                try HDF5File(url, whole: "model_weights", excluding: "optimizer", behavior: behavior)
            }
            #expect(error?.file == url && error?.kind == .malformed)
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        }
        #expect(try HDF5File(url, whole: "model_weights", excluding: "optimizer").datasets.count == 2)
    }

    /// The limits of time on the clock and of room for what is found.
    @Test func limitsHold() throws {
        let path = try url("keras1_weights.h5").path
        func outcome(_ limits: nn_hdf5_limits) -> nn_hdf5_outcome {
            var outcome = NN_HDF5_DONE
            var message = [CChar](repeating: 0, count: Int(NN_HDF5_MESSAGE_LENGTH))
            let index = nn_hdf5_open(path, "model_weights", "optimizer", limits, &outcome, &message)
            #expect((index != nil) == (outcome == NN_HDF5_DONE))
            if let index { nn_hdf5_close(index) }
            return outcome
        }
        var limits = nn_hdf5_limits(
            memory: 1 << 25, found: 1 << 20, seconds: 5, wall_seconds: 0.2, behavior: NN_HDF5_WAITS)
        #expect(outcome(limits) == NN_HDF5_TOO_SLOW)
        limits.wall_seconds = 60
        limits.behavior = NN_HDF5_READS
        #expect(outcome(limits) == NN_HDF5_DONE)
        limits.found = 64
        #expect(outcome(limits) == NN_HDF5_TOO_MUCH)
    }

    /// A list of free memory that leads back to itself, which libhdf5 follows for as long as there is memory.
    @Test(arguments: 0..<3)
    func aListWithoutEndIsAnError(_ number: Int) throws {
        var bytes = [UInt8](try Data(contentsOf: url("keras1_weights.h5")))
        let heaps = bytes.indices.filter { bytes[$0...].starts(with: "HEAP".utf8) }
        try #require(heaps.count == 3)
        func word(_ offset: Int) -> Int { bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) } }
        // A local heap is its size, the first free part of it and its address; a free part is the next one and its size.
        let (free, address) = (word(heaps[number] + 16), word(heaps[number] + 24))
        for index in 0..<8 { bytes[address + free + index] = UInt8(truncatingIfNeeded: free >> (8 * index)) }
        let file = FileManager.default.temporaryDirectory.appending(path: "nn-keras-\(UUID().uuidString).h5")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        let start = ContinuousClock.now
        let error = #expect(throws: TensorFileError.self) { try KerasFormat().open(file) }
        #expect(error?.file == file)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func severalThreadsReadAtATime() async throws {
        let url = try url("keras3_whole.weights.h5")
        let expected = try KerasFormat().open(url).entries
        await withTaskGroup(of: [WeightEntry]?.self) { group in
            for _ in 0..<16 { group.addTask { try? KerasFormat().open(url).entries } }
            for await entries in group { #expect(entries == expected) }
        }
    }
}
