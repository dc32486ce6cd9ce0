import CNNKernels

/// A backend that a program uses because it was linked with the product that holds it, without a call.
///
/// A package with a backend adds two things. A C target registers it before `main` runs:
///
/// ```c
/// extern void nn_link_backend(const char *name, int preference, void *(*make)(void));
/// extern void *my_backend_make(void);
/// __attribute__((constructor)) static void link_backend(void) { nn_link_backend("mine", 200, my_backend_make); }
/// ```
///
/// and a Swift target, which depends on the C target, opens it when the engine first needs it:
///
/// ```swift
/// @_cdecl("my_backend_make")
/// public func makeMyBackend() -> UnsafeMutableRawPointer? {
///     LinkedBackend { () throws(EngineError) in try MyBackend() }.retained()
/// }
/// ```
///
/// The backend with the highest preference is asked first; oneDNN's is 100. One that throws is left out, with the
/// error's text as a notice.
public final class LinkedBackend: Sendable {
    /// The backend, or why it cannot be used here.
    let result: Result<any Backend, EngineError>

    /// Opens a backend.
    /// - Parameter open: throws ``EngineError`` with the remedy where it cannot be used on this machine.
    public init(_ open: () throws(EngineError) -> any Backend) {
        do throws(EngineError) { result = .success(try open()) } catch { result = .failure(error) }
    }

    /// The pointer that a function given to `nn_link_backend` returns. The engine releases it.
    public func retained() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }
}
