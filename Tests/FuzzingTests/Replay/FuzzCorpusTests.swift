import Foundation
import Testing

/// Every input of the corpus, which the fuzzer has found to reach other code than the rest: a reader returns or throws.
@Suite(.serialized) struct FuzzCorpusTests {
    @Test(arguments: FuzzTarget.allCases)
    func readersSurviveTheCorpus(_ target: FuzzTarget) throws {
        let folder = Bundle.module.bundleURL.appending(path: "Corpus/\(target.rawValue)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(!names.isEmpty)
        for name in names {
            let bytes = Array(try Data(contentsOf: folder.appending(path: name)))
            let start = ContinuousClock.now
            var message = ""
            do { try target.run(bytes) } catch { message = "\(error)" }
            let time = ContinuousClock.now - start
            #expect(message.utf8.count < 10_000, "\(target.rawValue)/\(name): a message of \(message.utf8.count) bytes")
            #expect(time < .seconds(1), "\(target.rawValue)/\(name) took \(time)")
        }
    }
}
