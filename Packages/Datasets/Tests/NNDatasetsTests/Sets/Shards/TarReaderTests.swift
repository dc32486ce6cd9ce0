import Foundation
@testable import NNDatasets
import NNLayers
import Testing

@Suite struct TarReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Found: Equatable {
        var name: String
        var content: String
    }

    private func members(_ bytes: [UInt8]) throws -> [Found] {
        let file = try ShardFile(folder.write(bytes, to: "a.tar").path)
        var reader = TarReader(file)
        var found: [Found] = []
        while let member = try reader.next() {
            let content = file.bytes(at: member.offset, count: member.count)
            found.append(Found(name: member.text, content: String(decoding: content, as: UTF8.self)))
            // A single member is found again from its first header.
            let window = member.offset - member.start
            var again = TarReader(file, at: member.start, window: window)
            let same = try again.next()
            #expect(same?.name == member.name && same?.offset == member.offset)
        }
        return found
    }

    @Test func namesOfEveryForm() throws {
        let long = String(repeating: "x", count: 90) + "/" + String(repeating: "y", count: 90)
        var tar = TarBytes()
        tar.add("short.txt", Array("1".utf8))
        tar.add("name.txt", Array("22".utf8), prefix: "a/prefix")
        tar.add("././@LongLink", Array("\(long)\u{0}".utf8), kind: "L", magic: "ustar  \u{0}")
        tar.add(String(long.prefix(100)), Array("333".utf8), magic: "ustar  \u{0}")
        tar.addRecords([("mtime", "1.5"), ("path", "ünï/\(long)")])
        tar.add("cut", Array("4444".utf8))
        // What GNU has in the place of the prefix is no part of the name.
        tar.add("gnu.txt", Array("5".utf8), prefix: "12345", magic: "ustar  \u{0}")
        tar.add("old.txt", Array("6".utf8), kind: "\u{0}", magic: "")
        let expected = [
            ("short.txt", "1"), ("a/prefix/name.txt", "22"), (long, "333"), ("ünï/\(long)", "4444"), ("gnu.txt", "5"),
            ("old.txt", "6"),
        ]
        #expect(try members(tar.ended) == expected.map { Found(name: $0.0, content: $0.1) })
    }

    @Test func sizesOfEveryForm() throws {
        var tar = TarBytes()
        tar.add("octal", Array("abc".utf8), size: Array("       3 ".utf8))
        tar.add("binary", Array("abcd".utf8), size: [0x80] + [UInt8](repeating: 0, count: 10) + [4])
        tar.addRecords([("size", "5")])
        tar.add("pax", Array("abcde".utf8), size: Array("00000000000".utf8))
        tar.add("empty")
        let names = try members(tar.ended)
        #expect(names.map(\.name) == ["octal", "binary", "pax", "empty"])
        #expect(names.map(\.content) == ["abc", "abcd", "abcde", ""])
    }

    @Test func whatIsNoFileIsSkipped() throws {
        var tar = TarBytes()
        tar.addRecords([("comment", "of all")], kind: "g")
        tar.add("folder/", kind: "5")
        tar.add("old folder/", kind: "\u{0}", magic: "")
        // Some programs write the size of what a link leads to.
        tar.add("hard", kind: "1", size: Array("00000007777".utf8))
        tar.add("soft", kind: "2")
        tar.add("././@LongLink", Array("a long target".utf8), kind: "K", magic: "ustar  \u{0}")
        tar.add("other soft", kind: "2")
        tar.add("file", Array("here".utf8))
        #expect(try members(tar.ended) == [Found(name: "file", content: "here")])
        #expect(try members(tar.ended + [UInt8](repeating: 0, count: 9000)).count == 1)
        #expect(try members(TarBytes.end) == [])
    }

    @Test func manyMembersInOneWindow() throws {
        var tar = TarBytes()
        for index in 0..<300 {
            let content = [UInt8](repeating: UInt8(ascii: "a") + UInt8(index % 26), count: index * 37 % 3000)
            tar.add("\(index)", content)
        }
        let found = try members(tar.ended)
        #expect(found.count == 300)
        #expect(found.enumerated().allSatisfy { $1.name == "\($0)" && $1.content.utf8.count == $0 * 37 % 3000 })
    }

    private func error(_ bytes: [UInt8]) -> String {
        let message = failure { _ = try members(bytes) } ?? "nothing"
        return message.replacing(folder.url.appending(path: "a.tar").path, with: "a.tar")
    }

    @Test func cutFilesAreNoticed() throws {
        var tar = TarBytes()
        tar.add("a.jpg", [UInt8](repeating: 1, count: 700))
        tar.add("b.jpg", [UInt8](repeating: 1, count: 700))
        let whole = tar.ended
        #expect(whole.count == 2 * 1536 + 1024)
        #expect(
            error(Array(whole.prefix(2500)))
                == "a.tar: the shard is cut: 'b.jpg' at byte 1536 has 700 bytes, and 452 are left. Copy or download the "
                + "shard again, or write it again with 'nn data shard'.")
        // At the end of a member, within its padding, within a header, and within the end.
        for (count, end) in [(1536, "a"), (3072, "b"), (2800, "b"), (1700, "a"), (3072 + 100, "b")] {
            let message = error(Array(whole.prefix(count)))
            let start = end == "a" ? 0 : 1536
            #expect(
                message.contains(
                    "cut: after '\(end).jpg' at byte \(start) it lacks the two blocks of zeros at the end, and it ends "
                        + "at byte \(count)"), "\(message)")
        }
        let single = error(Array(whole.prefix(3072 + 512)))
        #expect(single.contains("cut: it ends with a single block of zeros at byte 3072, and not with two"))
        for count in 1...whole.count - 1 where count % 97 == 0 {
            #expect(error(Array(whole.prefix(count))) != "nothing")
        }
    }

    @Test func damageIsNoticed() throws {
        let tar = TarBytes([("a", [1]), ("b", [2])])
        var changed = tar.ended
        changed[1024 + 3] ^= 1
        #expect(error(changed).contains("the header at byte 1024, after 'a' is damaged: its checksum is wrong"))
        let single = tar.bytes + [UInt8](repeating: 0, count: 512) + tar.ended
        #expect(error(single).contains("the header at byte 2560, after 'b' is damaged: a single block of zeros"))
        #expect(
            error(tar.ended + tar.ended).contains("the archive ends at byte 2048, and the file goes on at byte 3072"))
        for size in [Array("9".utf8), [0xff] + [UInt8](repeating: 0xff, count: 11)] {
            var other = TarBytes()
            other.add("a", size: size)
            #expect(error(other.ended).contains("its size is no number"))
        }
        var huge = TarBytes()
        huge.add("a", size: [0x80, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0])
        #expect(error(huge.ended).contains("the shard is cut: 'a' at byte 0 has 70368744177664 bytes"))
    }

    @Test func wrongRecordsAreNoticed() throws {
        for (text, words) in [
            ("99 path=a\n", "a record of pax has the length '99'"), ("x path=a\n", "has the length 'x'"),
            ("0 path=a\n", "has the length '0'"), ("9 pathxxx\n", "has the length '9'"),
            ("11 size=a1\n", "a size that is no number"), ("22 GNU.sparse.major=1\n", "is stored as a sparse file"),
        ] {
            var tar = TarBytes()
            tar.add("pax", Array(text.utf8), kind: "x")
            tar.add("a")
            #expect(error(tar.ended).contains(words), "\(text)\(error(tar.ended))")
        }
        var tar = TarBytes()
        tar.add("a", kind: "S")
        #expect(error(tar.ended).contains("'a' is stored as a sparse file, of which parts are left out"))
        var volume = TarBytes()
        volume.add("a", kind: "M")
        #expect(error(volume.ended).contains("'a' continues in another volume"))
    }

    @Test func otherFilesAreNamedAsWhatTheyAre() throws {
        #expect(error([]).contains("the file is empty"))
        #expect(error(Array("hello".utf8)).contains("it is no tar file"))
        #expect(error([UInt8](repeating: 7, count: 4000)).contains("it is no tar file"))
        #expect(error([0x1f, 0x8b] + [UInt8](repeating: 7, count: 4000)).contains("it is compressed by gzip"))
        #expect(error([0x28, 0xb5, 0x2f, 0xfd]).contains("Unpack it with 'zstd -d'"))
        let pointer = Array("version https://git-lfs.github.com/spec/v1\n".utf8)
        #expect(error(pointer).contains("it is a Git LFS pointer"))
        let message = failure { _ = try ShardFile(folder.url.path) }
        #expect(message?.contains("it is a folder or a device, not a file") == true)
        let missing = failure { _ = try ShardFile(folder.url.path + "/b.tar") }
        #expect(missing?.contains("b.tar: it cannot be opened: No such file") == true)
    }
}
