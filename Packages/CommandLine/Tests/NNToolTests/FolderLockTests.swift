import Foundation
import Testing

@testable import NNTool

struct FolderLockTests {
    @Test func oneAtATime() throws {
        let folder = try TemporaryFolder()
        var first = FolderLock(folder.url)
        #expect(first != nil)
        #expect(FolderLock(folder.url) == nil)
        first = nil
        #expect(FolderLock(folder.url) != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }
}
