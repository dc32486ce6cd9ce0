import NNCore

#if BFloat16
import NNBFloat16
#endif
#if OneDNN
import NNOneDNN
#endif
#if Winograd
import NNWinograd
#endif

/// The fastest backends that there are.
enum FastBackend {
    static let backends: [any Backend] = bfloat16 + winograd + oneDNN + [BLASBackend()]

    private static var bfloat16: [any Backend] {
        #if BFloat16
        if let fast = try? BFloat16Backend() { return [fast] }
        #endif
        return []
    }

    private static var winograd: [any Backend] {
        #if Winograd
        if let fast = try? WinogradBackend() { return [fast] }
        #endif
        return []
    }

    private static var oneDNN: [any Backend] {
        #if OneDNN
        if let fast = try? OneDNNBackend() { return [fast] }
        #endif
        return []
    }

    static func run(_ body: () throws -> Void) rethrows { try Engine.$scoped.withValue(backends, operation: body) }
}
