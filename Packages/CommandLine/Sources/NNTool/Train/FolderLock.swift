import Foundation

/// The right of one process to work in a folder, until it ends or this is no longer held.
///
/// The system gives it up with the process, however that ends, and there is no file that could be left behind.
final class FolderLock {
    private let descriptor: Int32

    /// Nil where another process has it.
    init?(_ folder: URL) {
        let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
        // File systems without locks are no reason not to train.
        if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
