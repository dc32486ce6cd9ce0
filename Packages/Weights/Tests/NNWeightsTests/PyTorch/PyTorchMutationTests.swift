import Foundation
import NNLayers
import Testing
import NNWeights

/// Damaged files give an error or tensors; they never stop the program.
@Suite struct PyTorchMutationTests {
    @Test(arguments: ["lone.pt", "views_legacy.pth", "checkpoint_legacy.th", "views_protocol_4.pth"])
    func everyTruncationIsSeen(name: String) throws {
        let whole = Array(try Data(contentsOf: try pyTorchFixture(name)))
        try withTemporaryFolder { folder in
            for length in 0..<whole.count where length < 20 || length > whole.count - 20 || length % 41 == 0 {
                let url = folder.appendingPathComponent("\(length).pt")
                try write(whole.prefix(length), to: url)
                #expect(throws: TensorFileError.self, "\(length) bytes") { try PyTorchFormat().open(url) }
            }
        }
    }

    @Test(arguments: [
        "views_legacy.pth", "views_protocol_4.pth", "views_no_checksum.pt", "checkpoint_legacy.th",
        "python2_legacy.pth", "unsupported.pt", "views_deflated.pt",
    ])
    func anyDamageEndsInAnErrorOrTensors(name: String) throws {
        let whole = Array(try Data(contentsOf: try pyTorchFixture(name)))
        var random = SplitMix(state: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        var read = 0
        try withTemporaryFolder { folder in
            for index in 0..<300 {
                let url = folder.appendingPathComponent("\(index).pt")
                try write(mutated(whole, using: &random)[...], to: url)
                guard let file = try? PyTorchFormat().open(url) else { continue }
                for entry in file.entries {
                    guard let tensor = try? file.tensor(named: entry.name) else { continue }
                    #expect(tensor.shape == entry.shape)
                    read += tensor.elementCount < 1000 ? values(tensor).count : 0
                }
            }
        }
        #expect(read > 0, "no damaged file is read: the damage is too great to test anything")
    }

    /// Writes a new file. Foundation's way waits for the disk each time.
    private func write(_ bytes: ArraySlice<UInt8>, to url: URL) throws {
        let file = try #require(fopen(url.path, "wx"))
        _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        fclose(file)
    }

    private func mutated(_ bytes: [UInt8], using random: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let position = bytes.indices.randomElement(using: &random) ?? 0
            let end = Swift.min(bytes.count, position + Int.random(in: 1...9, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes[position] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
            case 3: for index in position..<end { bytes[index] = 0xff }
            case 4: bytes.removeSubrange(position..<end)
            default: bytes.insert(contentsOf: bytes[position..<end], at: position)
            }
        }
        return bytes
    }
}

/// A small generator of random numbers (Steele et al. 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
