import Foundation
@_spi(Testing) import NNTesting
import Testing

/// A case of a file in this target's `Fixtures` folder.
func fixture(_ name: String, in fileName: String) throws -> NetworkFixture {
    let url = try #require(
        Bundle.module.url(forResource: fileName, withExtension: "safetensors", subdirectory: "Fixtures"))
    return try NetworkFixture(name, in: url)
}
