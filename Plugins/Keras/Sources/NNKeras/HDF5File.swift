import CNNHDF5
import Foundation
import NNLayers

/// The datasets of an HDF5 file.
///
/// libhdf5 crashes on some damaged files, reads endlessly in others, and takes memory without limit. So it runs in a process
/// of its own, which only tells which datasets there are and where their elements are; those are read from the file by
/// itself.
struct HDF5File: Sendable {
    let url: URL
    /// In alphabetical order within each group.
    let datasets: [HDF5Dataset]

    private let content: MappedFile

    /// - Parameters:
    ///   - content: The HDF5 file itself, where `url` is an archive that has it; by default the same.
    ///   - whole: The group whose datasets are listed where there is one.
    ///   - excluded: The group in the root that is left out otherwise.
    ///   - behavior: What happens in the other process, for tests.
    /// - Throws: `TensorFileError` if the file is missing, truncated, not an HDF5 file, or has anything that is neither a group
    ///   nor a dataset.
    init(
        _ url: URL, content location: URL? = nil, whole: String, excluding excluded: String,
        behavior: nn_hdf5_behavior = NN_HDF5_READS
    ) throws(TensorFileError) {
        let location = location ?? url
        content = try MappedFile(location)
        self.url = url
        let size = content.withUnsafeBytes(\.count)
        var outcome = NN_HDF5_DONE
        var message = [CChar](repeating: 0, count: Int(NN_HDF5_MESSAGE_LENGTH))
        let index = nn_hdf5_open(
            location.path, whole, excluded, Self.limits(size, behavior: behavior), &outcome, &message)
        func malformed(_ reason: String) -> TensorFileError { TensorFileError(.malformed, file: url, reason: reason) }
        let text = message.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        guard let index else { throw Self.failure(outcome, text, url) }
        defer { nn_hdf5_close(index) }
        var datasets: [HDF5Dataset] = []
        var object = nn_hdf5_object()
        while nn_hdf5_next(index, &object) {
            let path = String(
                decoding: UnsafeRawBufferPointer(start: object.path, count: object.path_length), as: UTF8.self)
            switch object.kind {
            case NN_HDF5_DATASET: datasets.append(HDF5Dataset(object, path: path))
            case NN_HDF5_LINK: throw malformed("'/\(path)' is a link to another location, which is not followed")
            case NN_HDF5_CYCLE: throw malformed("'\(path.prefix(200))' is in a cycle of links")
            case NN_HDF5_BAD_NAME: throw malformed("a name in '/\(path.prefix(200))' is not one that Keras writes")
            default: throw malformed("'/\(path.prefix(200))' cannot be read: \(text)")
            }
        }
        self.datasets = datasets
    }

    /// Of the order of ten times what a file needs that has nothing but names and shapes: those of 500 bytes take about 4 KiB
    /// and 30 microseconds. A small file has no reason to take long.
    private static func limits(_ size: Int, behavior: nn_hdf5_behavior) -> nn_hdf5_limits {
        let bytes = UInt64(size)
        let seconds = Double(size) / 2e6
        return nn_hdf5_limits(
            memory: 1 << 25 + Swift.min(64 * bytes, 1 << 29), found: 1 << 20 + 2 * Swift.min(bytes, 1 << 25),
            seconds: 0.5 + Swift.min(seconds, 60), wall_seconds: 60 + seconds, behavior: behavior)
    }

    private static func failure(_ outcome: nn_hdf5_outcome, _ message: String, _ url: URL) -> TensorFileError {
        let cause = "it is damaged, or not a file of weights; download or save it again"
        let reason =
            switch outcome {
            case NN_HDF5_NOT_OPENED: "is not an HDF5 file, or is damaged or incomplete: \(message)"
            case NN_HDF5_TOO_SLOW: "keeps libhdf5 busy for longer than its size explains: \(cause)"
            case NN_HDF5_TOO_MUCH: "has more names than its size explains: \(cause)"
            case NN_HDF5_CRASHED: "crashes libhdf5, whose process ended \(message): \(cause)"
            default: "cannot be read, since no process could be started to do so: \(message)"
            }
        return TensorFileError(outcome == NN_HDF5_NO_PROCESS ? .unreadable : .malformed, file: url, reason: reason)
    }

    var byteCount: Int { content.withUnsafeBytes(\.count) }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        content.withUnsafeBytes(body)
    }

    func malformed(_ reason: String, tensor: String? = nil) -> TensorFileError {
        TensorFileError(.malformed, file: url, tensor: tensor, reason: reason)
    }
}
