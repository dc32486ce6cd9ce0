import Foundation
import NNLayers

/// The processor as reported by Linux.
@_spi(Internal) public struct Processor: Codable, Equatable, Sendable {
    /// The name of the model; `unknown` where Linux does not tell.
    public var model = "unknown"
    /// The cores that this process may use.
    public var cores = ThreadCount.availableCores
    /// The instruction sets that matter for speed, by the names of Linux.
    public var features: [String] = []

    /// Vector instructions first, then matrix instructions.
    private static let relevant = [
        "sse4_2", "avx", "fma", "avx2", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16",
        "asimd", "bf16", "sve",
    ]

    /// - Parameter cpuinfo: The text of `/proc/cpuinfo`.
    public init(cpuinfo: String? = SystemFile.text("/proc/cpuinfo")) {
        for line in (cpuinfo ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "model name": model = parts[1]
            case "flags", "Features":
                let flags = Set(parts[1].split(separator: " ").map(String.init))
                features = Self.relevant.filter(flags.contains)
            default: break
            }
        }
    }
}

/// The memory in bytes, as reported by Linux.
@_spi(Internal) public struct SystemMemory: Encodable {
    /// All memory of the machine.
    public var total = 0
    /// What can be had without swapping.
    public var available = 0
    /// What limits of the process and of its control groups leave.
    public var usable = ProcessMemory.available

    /// - Parameter meminfo: The text of `/proc/meminfo`.
    public init(meminfo: String? = SystemFile.text("/proc/meminfo")) {
        let table = KilobyteTable(meminfo ?? "")
        total = table["MemTotal"] ?? 0
        available = table["MemAvailable"] ?? 0
    }

    /// The peak memory of this process in bytes; nil if Linux does not report it.
    public static var peakOfProcess: Int? {
        SystemFile.text("/proc/self/status").flatMap { KilobyteTable($0)["VmHWM"] }
    }
}

/// Lines of the form `Name:  123 kB`.
private struct KilobyteTable {
    private var bytes: [String: Int] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "\t" })
            if words.count == 3, words[2] == "kB", let count = Int(words[1]) { bytes[String(words[0])] = count * 1024 }
        }
    }

    subscript(name: String) -> Int? { bytes[name] }
}

/// Files of `/proc`.
@_spi(Internal) public enum SystemFile {
    /// The whole text; nil if there is no such file.
    ///
    /// The kernel returns such files a page at a time and reports the size 0; `String(contentsOfFile:)` stops after
    /// the first page.
    public static func text(_ path: String) -> String? {
        guard let data = try? FileHandle(forReadingAtPath: path)?.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}

/// A shared library that is loaded in this process.
@_spi(Internal) public struct LoadedLibrary: Codable, Equatable, Sendable {
    /// The name, such as `libpng`.
    public let name: String
    /// The location of the file.
    public let path: String
    /// As reported by the library, or else from its file name.
    public var version: String

    private static let names = ["libopenblas", "libdnnl", "libgomp", "libpng", "libjpeg", "libtiff", "libwebp"]

    /// The libraries that the tool calculates and reads images with.
    public static func all() -> [Self] {
        let files = mappedFiles()
        return names.compactMap { Self($0, among: files) }
    }

    /// The library with a name; nil if it is not among the files.
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

    /// The version that a library reports at run time; nil if it has no function for that.
    private static func reportedVersion(_ name: String, of file: URL) -> String? {
        typealias TextFunction = @convention(c) (UnsafeRawPointer?) -> UnsafePointer<CChar>?
        let functions = ["libopenblas": "openblas_get_config", "libpng": "png_get_libpng_ver"]
        // A library opened at run time is not among those that the program was linked with.
        guard let function = functions[name], let handle = dlopen(file.path, RTLD_NOW | RTLD_NOLOAD),
            let address = dlsym(handle, function),
            let text = unsafeBitCast(address, to: TextFunction.self)(nil)
        else { return nil }
        return String(cString: text)
    }
}
