/// A run of elements that tensors look at, as a file describes it.
struct PyTorchStorage {
    /// Its name in the file.
    let key: String
    let elementType: PyTorchElementType
    /// Where it begins in what the file has under the key, in elements.
    var offset: Int
    /// How many elements it has.
    var count: Int
}
