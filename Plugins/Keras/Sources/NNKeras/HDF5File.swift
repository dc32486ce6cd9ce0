import CNNHDF5
import Foundation
import NNLayers
import Synchronization

/// An HDF5 file that is open for reading. All but the initializer must be called within ``HDF5Library/run(_:)``.
final class HDF5File: Sendable {
    let url: URL
    let id: hid_t
    let byteCount: Int

    /// - Parameter content: The HDF5 file itself, where `url` is an archive that has it; by default the same.
    /// - Throws: `TensorFileError` if the file is missing, truncated, or not an HDF5 file.
    init(_ url: URL, content: URL? = nil) throws(TensorFileError) {
        let content = content ?? url
        byteCount = try MappedFile(content).withUnsafeBytes(\.count)
        id = try HDF5Library.run { () throws(TensorFileError) in
            let id = nn_hdf5_open(content.path)
            guard id >= 0 else {
                throw TensorFileError(
                    .malformed, file: url,
                    reason: "is not an HDF5 file, or is damaged or incomplete: \(HDF5Library.lastMessage)")
            }
            return id
        }
        self.url = url
    }

    deinit {
        let id = id
        try? HDF5Library.run { () throws(TensorFileError) in _ = H5Fclose(id) }
    }

    func malformed(_ reason: String, tensor: String? = nil) -> TensorFileError {
        TensorFileError(.malformed, file: url, tensor: tensor, reason: reason)
    }

    /// Opens a group or dataset of the file itself: soft links may form cycles or lead to other files.
    /// - Parameter path: The path from the root, separated by slashes.
    func object(_ path: String) throws(TensorFileError) -> HDF5Handle {
        var reached = ""
        let parts = path.split(separator: "/")
        guard parts.count <= 64, !path.utf8.contains(0) else {
            throw malformed("'\(path.prefix(200))' is not a path that Keras writes")
        }
        for part in parts {
            reached += "/" + part
            let kind = nn_hdf5_is_hard_link(id, reached)
            guard kind != 0 else {
                throw malformed("'\(reached)' is a link to another location, which is not followed")
            }
            guard kind > 0 else { throw malformed("'\(reached)' is missing, although the file refers to it") }
        }
        guard let object = HDF5Handle(H5Oopen(id, parts.isEmpty ? "/" : reached, hid_t(H5P_DEFAULT))) else {
            throw malformed("'\(path)' cannot be opened: \(HDF5Library.lastMessage)")
        }
        return object
    }

    /// The names of the members of a group.
    func members(of group: HDF5Handle) throws(TensorFileError) -> [String] {
        var info = H5G_info_t()
        guard H5Gget_info(group.id, &info) >= 0, info.nlinks <= byteCount else {
            throw malformed("a group cannot be read: \(HDF5Library.lastMessage)")
        }
        var names: [String] = []
        for index in 0..<info.nlinks {
            var buffer = [CChar](repeating: 0, count: 1024)
            let length = H5Lget_name_by_idx(
                group.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, &buffer, buffer.count, hid_t(H5P_DEFAULT))
            guard length > 0, length < buffer.count else {
                throw malformed("a name in a group cannot be read, or has more than \(buffer.count - 1) bytes")
            }
            names.append(String(decoding: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return names
    }
}

/// libhdf5, whose state is global to the process.
enum HDF5Library {
    // The state that it guards is inside libhdf5.
    private static let lock = Mutex(())

    /// Calls the library, which only one thread may do at a time.
    static func run<Result: Sendable>(
        _ body: () throws(TensorFileError) -> Result
    ) throws(TensorFileError) -> Result {
        try lock.withLock { _ throws(TensorFileError) in
            nn_hdf5_silence()
            return try body()
        }
    }

    /// The message of the library about the call that has just failed.
    static var lastMessage: String {
        var message = ""
        withUnsafeMutablePointer(to: &message) { message in
            // From the cause to the call, so the first is the most precise.
            _ = H5Ewalk2(
                hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
                { _, error, message in
                    guard let message = message?.assumingMemoryBound(to: String.self),
                        let text = error?.pointee.desc
                    else { return 0 }
                    if message.pointee.isEmpty { message.pointee = String(cString: text) }
                    return 0
                }, message)
        }
        return message.isEmpty ? "unknown error" : message
    }
}

/// An open object of the library, which is closed with the last reference.
final class HDF5Handle {
    let id: hid_t

    /// - Parameter id: The result of a call that opens an object. Nil if it failed.
    init?(_ id: hid_t) {
        if id < 0 { return nil }
        self.id = id
    }

    deinit { H5Idec_ref(id) }
}
