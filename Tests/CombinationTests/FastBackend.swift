import NNCore

#if OneDNN
import NNOneDNN
#endif
#if Winograd
import NNWinograd
#endif

/// The fastest backends that there are.
enum FastBackend {
    static let backends: [any Backend] = {
        var backends: [any Backend] = []
        #if Winograd
        if let fast = try? WinogradBackend() { backends.append(fast) }
        #endif
        #if OneDNN
        if let fast = try? OneDNNBackend() { backends.append(fast) }
        #endif
        return backends + [BLASBackend()]
    }()

    static func run(_ body: () throws -> Void) rethrows { try Engine.$scoped.withValue(backends, operation: body) }
}
