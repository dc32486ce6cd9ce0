import NNDatasets
import Foundation
import NNCore
import Testing

@Suite struct ImageReadingTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func failure(reading file: URL) -> ImageError? {
        do {
            _ = try Image(contentsOf: file)
            return nil
        } catch {
            return error
        }
    }

    @Test func contentDecidesAndNotTheName() throws {
        let image = Image.patterned(5)
        let file = try folder.file("really-a-png.jpg")
        try image.writePNG(to: file)
        #expect(try Image(contentsOf: file) == image)
    }

    @Test func missingFileIsNamed() throws {
        let file = folder.url.appending(path: "nowhere.png")
        let error = try #require(failure(reading: file))
        #expect(error.file == file.path)
        #expect(error.description.contains("No such file or directory"))
    }

    @Test func folderIsNoImage() throws {
        #expect(failure(reading: folder.url)?.reason.contains("folder") == true)
    }

    @Test func deviceIsNoImage() {
        #expect(failure(reading: URL(filePath: "/dev/zero"))?.reason.contains("device") == true)
    }

    @Test func emptyFileIsRefused() throws {
        #expect(failure(reading: try folder.write([], to: "empty.jpg"))?.reason == "the file is empty")
    }

    @Test func textIsNoImage() throws {
        for (text, reason) in [("not found", "neither a PNG nor a JPEG"), ("<html>not found</html>", "a web page")] {
            let error = try #require(failure(reading: folder.write(text, to: "page.jpg")))
            #expect(error.reason.contains(reason))
            #expect(!error.remedy.isEmpty)
        }
    }

    @Test(arguments: [PNGFile.signature, [0xff, 0xd8, 0xff]])
    func signatureAloneIsAnError(bytes: [UInt8]) throws {
        #expect(failure(reading: try folder.write(bytes, to: "short")) != nil)
    }

    @Test func jpegIsNoMask() throws {
        let file = try folder.file("mask.png")
        try Image.smooth(8, channels: 1).writeJPEG(to: file)
        let error = #expect(throws: ImageError.self) { try Image(indicesOf: file) }
        #expect(error?.remedy.contains("PNG") == true)
    }
}
