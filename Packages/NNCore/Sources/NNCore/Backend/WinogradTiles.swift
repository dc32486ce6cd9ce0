import Foundation

/// How convolutions of 3x3 with stride 1 are calculated in float32 where a backend knows Winograd's method.
///
/// The method transforms tiles of the image, so that a tile of 2x2 outputs takes 4 multiplications an output instead of
/// 9, and one of 4x4 outputs 2.25, for somewhat larger rounding errors (Lavin and Gray, "Fast Algorithms for
/// Convolutional Neural Networks", 2015).
public enum WinogradTiles: String, Sendable, Codable, CaseIterable {
    /// Sums of products only.
    case off
    /// Tiles of 2x2 outputs, whose errors are as small as those of sums of products.
    case accurate
    /// Tiles of 4x4 outputs where they are faster.
    case fast

    /// The value of `NN_WINOGRAD`, or ``fast`` where it is not set.
    ///
    /// - Throws: ``EngineError`` where it names none of them.
    @_spi(Kernels) public static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) -> Self {
        try EnvironmentChoice.value(
            of: "NN_WINOGRAD", among: allCases, unset: "'fast'", in: environment, name: \.rawValue) ?? .fast
    }
}

extension Engine {
    /// What backends that know Winograd's method use it for, for one scope; by default what the environment variable
    /// `NN_WINOGRAD` says, or ``WinogradTiles/fast``.
    ///
    /// ```swift
    /// Engine.$winograd.withValue(.off) { network(images, .inference()) }
    /// ```
    @TaskLocal public static var winograd = (try? WinogradTiles.fromEnvironment()) ?? .fast
}
