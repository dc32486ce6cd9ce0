import Foundation

/// A shared library as it is loaded in this process.
struct LoadedLibrary: Encodable, Equatable {
    let name: String
    let path: String
    /// As the library says, or else from its file name.
    let version: String

    private static let names = ["libopenblas", "libdnnl", "libgomp", "libpng", "libjpeg"]

    /// The libraries that the tool calculates and reads images with.
    static func all() -> [Self] {
        let files = mappedFiles()
        return names.compactMap { Self($0, among: files) }
    }

    /// The library of a name; nil where it is not among the files.
    init?(_ name: String, among files: [URL]) {
        guard let file = files.first(where: { $0.lastPathComponent.hasPrefix(name) }) else { return nil }
        let ending = file.lastPathComponent.components(separatedBy: ".so.")
        self.name = name
        path = file.path
        version = Self.reportedVersion(name, of: file) ?? (ending.count == 2 ? ending[1] : "unknown")
    }

    /// The files that are mapped into this process.
    private static func mappedFiles() -> [URL] {
        let lines = (SystemFile.text("/proc/self/maps") ?? "").split(separator: "\n")
        let paths = Set(lines.compactMap { line in line.firstIndex(of: "/").map { String(line[$0...]) } })
        return paths.sorted().map { URL(fileURLWithPath: $0) }
    }

    /// The version that a library tells at run time, where it has a function for that.
    private static func reportedVersion(_ name: String, of file: URL) -> String? {
        typealias TextFunction = @convention(c) (UnsafeRawPointer?) -> UnsafePointer<CChar>?
        let functions = ["libopenblas": "openblas_get_config", "libpng": "png_get_libpng_ver"]
        // A library that was opened at run time is not among what the program was linked with.
        guard let function = functions[name], let handle = dlopen(file.path, RTLD_NOW | RTLD_NOLOAD),
            let address = dlsym(handle, function),
            let text = unsafeBitCast(address, to: TextFunction.self)(nil)
        else { return nil }
        return String(cString: text)
    }
}
