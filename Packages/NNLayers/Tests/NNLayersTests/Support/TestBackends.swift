import NNLayers

#if OneDNN
import NNOneDNN
#endif

/// The lists of backends that every layer is held against PyTorch with.
enum TestBackends {
    static let all: [[any Backend]] = {
        var lists: [[any Backend]] = [[BLASBackend()]]
        #if OneDNN
        // Where the library is missing, OneDNNTests say so.
        if let fast = try? OneDNNBackend() { lists.append([fast, BLASBackend()]) }
        #endif
        return lists
    }()
}
