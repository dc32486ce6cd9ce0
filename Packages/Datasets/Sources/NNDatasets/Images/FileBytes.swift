import Foundation

/// Reads whole files, and refuses with a reason what is no file.
enum FileBytes {
    /// No picture is as large as this; what claims to be is a device or a mistake.
    private static let maximumByteCount = 1 << 30

    static func read(_ path: String) throws(ImageError) -> [UInt8] {
        func failed(_ reason: String, _ remedy: String) -> ImageError {
            ImageError(file: path, reason: reason, remedy: remedy)
        }
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            throw failed("it cannot be opened: \(String(cString: strerror(errno)))", "Check the path and its rights")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failed("it is a folder or a device, not a file", "Name an image file")
        }
        guard status.st_size > 0 else {
            throw failed("the file is empty", "Replace the file, or remove it from the data set")
        }
        guard status.st_size <= maximumByteCount else {
            throw failed("it has \(status.st_size) bytes, more than any image", "Name an image file")
        }
        let count = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = Foundation.read(file, buffer.baseAddress! + filled, count - filled)
                if part > 0 {
                    filled += part
                } else if part == 0 || errno != EINTR {
                    break
                }
            }
        }
        guard bytes.count == count else {
            throw failed("only \(bytes.count) of its \(count) bytes can be read", "Check the disk, then try again")
        }
        return bytes
    }
}
