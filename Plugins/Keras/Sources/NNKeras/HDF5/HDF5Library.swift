import CNNHDF5
import NNLayers
import Synchronization

/// libhdf5, whose state is one for the whole process.
enum HDF5Library {
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

    /// What the library says about the call that has just failed, in its own words.
    static var lastMessage: String {
        var message = ""
        withUnsafeMutablePointer(to: &message) { message in
            // From the place where it was found to the call, so the first is the most precise.
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

/// Something of the library that is open, until nothing refers to it.
final class HDF5Handle {
    let id: hid_t

    /// - Parameter id: What a call gave that opens something; nil where it failed.
    init?(_ id: hid_t) {
        if id < 0 { return nil }
        self.id = id
    }

    deinit { H5Idec_ref(id) }
}
