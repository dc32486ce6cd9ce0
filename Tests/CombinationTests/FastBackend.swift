import NNCore

#if OneDNN
import NNOneDNN
#endif

/// The fastest backend that there is.
enum FastBackend {
    static let backends: [any Backend] = {
        #if OneDNN
        if let fast = try? OneDNNBackend() { return [fast, BLASBackend()] }
        #endif
        return [BLASBackend()]
    }()

    static func run(_ body: () throws -> Void) rethrows { try Engine.$scoped.withValue(backends, operation: body) }
}
