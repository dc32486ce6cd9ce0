import Foundation
import NNLayers

/// The processor, as Linux describes it.
struct Processor: Encodable {
    var model = "unknown"
    var cores = ThreadCount.availableCores
    /// The instruction sets that matter for speed, in Linux's words.
    var features: [String] = []

    /// Vectors first, then what multiplies matrices.
    private static let relevant = [
        "sse4_2", "avx", "fma", "avx2", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16",
        "asimd", "bf16", "sve",
    ]

    /// - Parameter cpuinfo: the text of `/proc/cpuinfo`.
    init(cpuinfo: String? = SystemFile.text("/proc/cpuinfo")) {
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
