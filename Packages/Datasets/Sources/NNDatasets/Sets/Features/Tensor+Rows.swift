import NNCore

/// Parts of tensors on the loader's threads, where the kernels' pool must stay free for the network.
extension Tensor {
    /// Calls `body` with the bytes of a slice along the first axis, such as a row of `[N, C]`, for reading.
    func withRow<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes { bytes in
            let pitch = bytes.count / shape[0]
            return try body(UnsafeRawBufferPointer(rebasing: bytes[index * pitch..<(index + 1) * pitch]))
        }
    }

    /// Calls `body` with the bytes of a slice along the first axis for writing.
    mutating func withMutableRow<Result>(
        _ index: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let pitch = byteCount / shape[0]
        return try withUnsafeMutableBytes { bytes in
            try body(UnsafeMutableRawBufferPointer(rebasing: bytes[index * pitch..<(index + 1) * pitch]))
        }
    }

    /// Whether all values of a row of `[N, C]`, float32 or bfloat16, are finite.
    func isFinite(row: Int) -> Bool {
        withRow(row) { bytes in
            dataType == .bfloat16
                ? bytes.bindMemory(to: UInt16.self).allSatisfy { $0 & 0x7f80 != 0x7f80 }
                : bytes.bindMemory(to: Float.self).allSatisfy(\.isFinite)
        }
    }
}
