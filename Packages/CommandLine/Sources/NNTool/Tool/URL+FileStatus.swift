import Foundation

extension URL {
    /// What the system knows of the file that a path leads to, through links; nil where there is none.
    var fileStatus: stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}

extension stat {
    /// Whether it is of a file, and not of a folder, a device or a pipe.
    var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
}
