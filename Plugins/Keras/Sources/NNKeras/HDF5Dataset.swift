import CNNHDF5
import NNLayers

/// An open dataset whose elements are verified to be in the file. To be used within ``HDF5Library/run(_:)``.
struct HDF5Dataset {
    let shape: Shape
    /// `float32`, `uint8`, ...
    let storedType: String

    private let name: String
    private let file: HDF5File
    private let handle: HDF5Handle
    private let dataType: DataType

    /// - Parameters:
    ///   - path: The path from the root of the file.
    ///   - name: The name, for messages.
    /// - Throws: `TensorFileError` with the name if it is not a dataset of numbers or is larger than the file.
    init(_ path: String, named name: String, in file: HDF5File) throws(TensorFileError) {
        func malformed(_ reason: String) -> TensorFileError { file.malformed(reason, tensor: name) }
        handle = try file.object(path)
        guard H5Iget_type(handle.id) == H5I_DATASET, let space = HDF5Handle(H5Dget_space(handle.id)),
            let type = HDF5Handle(H5Dget_type(handle.id)), let creation = HDF5Handle(H5Dget_create_plist(handle.id))
        else { throw malformed("is not a dataset that can be read") }
        let (storedType, dataType) = Self.elementType(type.id)
        guard let dataType else {
            throw TensorFileError(
                .unsupportedType, file: file.url, tensor: name,
                reason: "has elements of type '\(storedType)'; supported are float16, float32, float64 and integers")
        }
        shape = try Self.shape(of: space.id).orThrow(malformed("has no shape of at most 8 dimensions"))
        guard let stored = shape.byteCount(ofElements: H5Tget_size(type.id)), shape.byteCount(ofElements: 8) != nil
        else { throw malformed("has a shape, \(shape), that is too large") }
        if let reason = Self.defect(handle.id, creation.id, byteCount: stored, fileByteCount: file.byteCount) {
            throw malformed(reason)
        }
        self.storedType = storedType
        self.dataType = dataType
        self.name = name
        self.file = file
    }

    /// Reads and converts the elements.
    func tensor() throws(TensorFileError) -> Tensor {
        var tensor = Tensor(uninitialized: shape, dataType: dataType)
        guard shape.elementCount > 0 else { return tensor }
        let memory =
            switch dataType {
            case .float32, .bfloat16: nn_hdf5_float32()
            case .uint8: nn_hdf5_uint8()
            case .int32: nn_hdf5_int32()
            case .int64: nn_hdf5_int64()
            }
        let all = hid_t(H5S_ALL)
        let status = tensor.withUnsafeMutableBytes {
            H5Dread(handle.id, memory, all, all, hid_t(H5P_DEFAULT), $0.baseAddress)
        }
        guard status >= 0 else {
            throw file.malformed("cannot be read: \(HDF5Library.lastMessage)", tensor: name)
        }
        return tensor
    }

    private static func elementType(_ type: hid_t) -> (name: String, dataType: DataType?) {
        let size = H5Tget_size(type)
        switch H5Tget_class(type) {
        case H5T_FLOAT: return ("float\(8 * size)", [2, 4, 8].contains(size) ? .float32 : nil)
        case H5T_INTEGER:
            let isSigned = H5Tget_sign(type) != H5T_SGN_NONE
            let known: [Int: DataType] =
                isSigned
                ? [1: .int32, 2: .int32, 4: .int32, 8: .int64]
                : [
                    1: .uint8, 2: .int32, 4: .int64,
                ]
            return ("\(isSigned ? "" : "u")int\(8 * size)", known[size])
        case H5T_STRING: return ("text", nil)
        case H5T_COMPOUND: return ("compound", nil)
        default: return ("other", nil)
        }
    }

    private static func shape(of space: hid_t) -> Shape? {
        let rank = Int(H5Sget_simple_extent_ndims(space))
        guard (0...8).contains(rank), H5Sget_simple_extent_type(space) != H5S_NULL else { return nil }
        var lengths = [hsize_t](repeating: 0, count: rank)
        guard H5Sget_simple_extent_dims(space, &lengths, nil) >= 0 else { return nil }
        let dimensions = lengths.compactMap { Int(exactly: $0) }
        return dimensions.count == rank ? Shape(dimensions) : nil
    }

    /// Why elements cannot be where the file says that they are; nil if they can.
    private static func defect(_ dataset: hid_t, _ creation: hid_t, byteCount: Int, fileByteCount: Int) -> String? {
        if H5Pget_external_count(creation) != 0 { return "has its elements in another file" }
        if byteCount == 0 { return nil }
        let stored = Int(clamping: H5Dget_storage_size(dataset))
        let short = "needs \(byteCount) bytes, and the file has \(Swift.min(stored, fileByteCount)) for it"
        switch H5Pget_layout(creation) {
        case H5D_COMPACT: return stored < byteCount ? short : nil
        case H5D_CONTIGUOUS:
            let offset = H5Dget_offset(dataset)
            if nn_hdf5_is_undefined(offset) != 0 || stored < byteCount || fileByteCount < byteCount { return short }
            return Int(clamping: offset) > fileByteCount - byteCount ? short : nil
        // libhdf5 does not check the size of damaged chunks when it decompresses them.
        case H5D_CHUNKED:
            return "is stored in chunks, which Keras does not write; rewrite the file with 'h5repack -l CONTI IN OUT'"
        default: return "has its elements in other datasets"
        }
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

extension Optional {
    fileprivate func orThrow<Failure: Error>(_ error: Failure) throws(Failure) -> Wrapped {
        guard let value = self else { throw error }
        return value
    }
}
