import CNNHDF5
import NNLayers

/// A dataset, as libhdf5 describes it in a file that may be damaged.
struct HDF5Dataset: Sendable {
    /// The path from the root: `conv/kernel`.
    let path: String

    private let elements: nn_hdf5_elements
    private let elementSize: UInt64
    private let isBigEndian: Bool
    private let storage: nn_hdf5_storage
    /// Nil where there is no shape of at most 8 dimensions.
    private let shape: Shape?
    /// The number of bytes that the file has for the elements.
    private let storedSize: UInt64
    private let offset: UInt64
    /// The elements of compact storage.
    private let compact: [UInt8]

    init(_ object: nn_hdf5_object, path: String) {
        self.path = path
        elements = object.elements
        elementSize = object.element_size
        isBigEndian = object.is_big_endian
        storage = object.storage
        storedSize = object.stored_size
        offset = object.offset
        compact = Array(UnsafeRawBufferPointer(start: object.bytes, count: object.byte_count))
        let rank = Int(object.rank)
        let lengths = withUnsafeBytes(of: object.lengths) { lengths in
            lengths.bindMemory(to: UInt64.self).prefix(Swift.max(rank, 0)).map { Int(exactly: $0) }
        }
        shape = 0...Int(NN_HDF5_MAXIMUM_RANK) ~= rank && !lengths.contains(nil) ? Shape(lengths.compactMap { $0 }) : nil
    }

    /// `float32`, `uint8`, ...
    var storedType: String {
        switch elements {
        case NN_HDF5_FLOAT: "float\(8 &* elementSize)"
        case NN_HDF5_BFLOAT16: "bfloat16"
        case NN_HDF5_SIGNED: "int\(8 &* elementSize)"
        case NN_HDF5_UNSIGNED: "uint\(8 &* elementSize)"
        case NN_HDF5_TEXT: "text"
        case NN_HDF5_COMPOUND: "compound"
        default: "other"
        }
    }

    private var elementType: StoredElementType? {
        switch (elements, elementSize) {
        case (NN_HDF5_FLOAT, 2): .float16
        case (NN_HDF5_BFLOAT16, 2): .bfloat16
        case (NN_HDF5_FLOAT, 4): .float32
        case (NN_HDF5_FLOAT, 8): .float64
        case (NN_HDF5_SIGNED, 1): .int8
        case (NN_HDF5_SIGNED, 2): .int16
        case (NN_HDF5_SIGNED, 4): .int32
        case (NN_HDF5_SIGNED, 8): .int64
        case (NN_HDF5_UNSIGNED, 1): .uint8
        case (NN_HDF5_UNSIGNED, 2): .uint16
        case (NN_HDF5_UNSIGNED, 4): .uint32
        default: nil
        }
    }

    /// Verifies that the elements are numbers, and in the file.
    /// - Parameter name: For messages.
    /// - Throws: `TensorFileError` with the name.
    func verified(as name: String, in file: HDF5File) throws(TensorFileError) -> HDF5Tensor {
        guard let type = elementType, let dataType = type.dataType else {
            throw TensorFileError(
                .unsupportedType, file: file.url, tensor: name,
                reason: "has elements of type '\(storedType)'; supported are float16, bfloat16, float32, float64, and "
                    + "integers but uint64")
        }
        guard let shape else { throw file.malformed("has no shape of at most 8 dimensions", tensor: name) }
        guard let count = shape.byteCount(ofElements: type.byteCount), shape.byteCount(ofElements: 8) != nil else {
            throw file.malformed("has a shape, \(shape), that is too large", tensor: name)
        }
        if let reason = defect(byteCount: count, fileByteCount: file.byteCount) {
            throw file.malformed(reason, tensor: name)
        }
        return HDF5Tensor(
            shape: shape, type: type, dataType: dataType, isBigEndian: isBigEndian && type.byteCount > 1,
            start: storage == NN_HDF5_CONTIGUOUS && count > 0 ? Int(offset) : nil, byteCount: count, compact: compact)
    }

    /// Why elements cannot be where the file says that they are; nil if they can.
    private func defect(byteCount: Int, fileByteCount: Int) -> String? {
        if storage == NN_HDF5_OTHER_FILE { return "has its elements in another file" }
        if byteCount == 0 { return nil }
        let stored = Int(clamping: storedSize)
        let short = "needs \(byteCount) bytes, and the file has \(Swift.min(stored, fileByteCount)) for it"
        switch storage {
        case NN_HDF5_COMPACT: return compact.count == byteCount ? nil : short
        case NN_HDF5_CONTIGUOUS:
            guard stored >= byteCount, fileByteCount >= byteCount else { return short }
            return Int(clamping: offset) > fileByteCount - byteCount ? short : nil
        // libhdf5 does not check the size of damaged chunks when it decompresses them.
        case NN_HDF5_CHUNKED:
            return "is stored in chunks, which Keras does not write; rewrite the file with 'h5repack -l CONTI IN OUT'"
        default: return "has its elements in other datasets"
        }
    }
}

/// A tensor in a file, whose elements are verified to be there.
struct HDF5Tensor: Sendable {
    let shape: Shape

    fileprivate let type: StoredElementType
    fileprivate let dataType: DataType
    fileprivate let isBigEndian: Bool
    /// Where the elements start in the file; nil for compact ones.
    fileprivate let start: Int?
    fileprivate let byteCount: Int
    fileprivate let compact: [UInt8]

    /// Reads and converts the elements.
    func read(from file: HDF5File) -> Tensor {
        var tensor = Tensor(uninitialized: shape, dataType: dataType)
        guard byteCount > 0 else { return tensor }
        func convert(_ bytes: UnsafeRawBufferPointer) {
            tensor.withUnsafeMutableBytes { memory in
                guard isBigEndian else { return type.convert(bytes, into: memory) }
                let size = type.byteCount
                let swapped = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, filled in
                    for index in bytes.indices { buffer[index] = bytes[index / size * size + size - 1 - index % size] }
                    filled = bytes.count
                }
                swapped.withUnsafeBytes { type.convert($0, into: memory) }
            }
        }
        if let start {
            file.withUnsafeBytes { convert(UnsafeRawBufferPointer(rebasing: $0[start..<start + byteCount])) }
        } else {
            compact.withUnsafeBytes { convert($0) }
        }
        return tensor
    }
}

extension Shape {
    /// The size of a tensor of this shape; nil if it overflows.
    fileprivate func byteCount(ofElements size: Int) -> Int? {
        guard let count = checkedElementCount else { return nil }
        let (product, isOverflow) = count.multipliedReportingOverflow(by: size)
        return isOverflow ? nil : product
    }
}
