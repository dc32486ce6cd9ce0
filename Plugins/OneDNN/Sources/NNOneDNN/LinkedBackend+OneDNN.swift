import NNCore

/// Opens the backend for the engine of a program that is linked with this product.
@_cdecl("nn_make_onednn")
public func makeLinkedOneDNNBackend() -> UnsafeMutableRawPointer? {
    LinkedBackend { () throws(EngineError) in try OneDNNBackend() }.retained()
}
