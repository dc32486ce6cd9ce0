@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
import Testing

@testable import NNReporting

@Suite struct ClassificationSectionsTests {
    private func sections(_ known: KnownPredictions, split: Split = .validation) throws -> [ReportSection] {
        try known.source(split: split).sections().0
    }

    @Test func cellsLeadToTheirImages() throws {
        let known = KnownPredictions(classNames: ["cat", "dog", "bird"], count: 80)
        let sections = try sections(known)
        #expect(sections.map(\.anchor) == ["classes", "confusion", "worst", "uncertain", "confidence"])
        let body = sections.body("confusion")
        let loader = try DataLoader(known.dataset, batchSize: 9, evaluates: true)
        let predictions = try ClassifiedSamples(Evaluator(TableNetwork(known.rows), metrics: []), on: loader)
        for label in 0..<3 {
            for prediction in 0..<3 {
                let count = predictions.samples.count { $0.label == label && $0.prediction == prediction }
                let anchor = "cell-\(label)-\(prediction)"
                #expect(body.contains("id=\"\(anchor)\"") == (count > 0))
                #expect(body.contains("href=\"#\(anchor)\"") == (count > 0))
                if count > 12 { #expect(body.contains("and \(count - 12) more")) }
            }
        }
        // Eight at the most have twelve images each.
        #expect(body.count(of: "<img") <= 9 * 12)
        #expect(body.count(of: "data:image/png;base64,") == body.count(of: "<img"))
    }

    @Test func namesAreTexts() throws {
        let names = ["<script>alert(1)</script>", "\"'&", "猫", "</td><td>"]
        var known = KnownPredictions(classNames: names, count: 50)
        var dataset = known.dataset
        dataset.paths = (0..<50).map { "/data/\"<img src=x onerror=alert(1)>\($0)/图.png" }
        known = KnownPredictions(dataset, rows: known.rows)
        let markup = try sections(known).markup
        #expect(!markup.contains("<script") && !markup.contains("<img src=x"))
        #expect(markup.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(markup.contains("猫") && markup.contains("图.png"))
        #expect(markup.count(of: "<td") == markup.count(of: "</td>"))
    }

    @Test func aThousandClassesStaySmall() throws {
        let known = KnownPredictions(classNames: (0..<1000).map { "class \($0)" }, count: 2500, spread: 12)
        let sections = try sections(known)
        #expect(sections.markup.utf8.count < 2_000_000)
        let matrix = sections.body("confusion")
        #expect(matrix.contains("Of the 1000 classes, the 20 with the most frequent confusions are shown."))
        #expect(matrix.contains(">others</span>"))
        #expect(matrix.contains("The 30 most frequent of"))
        #expect(sections.body("classes").count(of: "<tr>") == 1001)
    }

    @Test func rightAndWrongHaveMarksBesideColors() throws {
        let dataset = IndexedImages(classNames: ["a", "b", "unseen"], targets: [.label(0), .label(1)])
        let sections = try sections(KnownPredictions(dataset, rows: [[2, 0, 0], [2, 0, 0]]))
        let worst = sections.body("worst")
        #expect(worst.contains("✗ a 79 %") && worst.contains("is b 11 %") && worst.contains("nnp-is-wrong"))
        #expect(worst.contains("✓ a 79 %") && worst.contains("nnp-is-right"))
        // A class without samples has no scores, and stands last.
        let classes = sections.body("classes")
        #expect(classes.count(of: "<td data-value=\"-1\">—</td>") == 3 + 1)
        #expect(classes.contains("1 of 2 images are right, 50.00 %"))
    }

    @Test func twoClassesHaveCurvesOfTheSecond() throws {
        let known = KnownPredictions(classNames: ["healthy", "ill"], count: 60)
        let body = try sections(known).body("confidence")
        for title in ["Scores of ill by threshold", "Precision by recall of ill", "ROC curve of ill", "Reliability"] {
            #expect(body.contains("<figcaption>\(title)</figcaption>"))
        }
        let three = try sections(KnownPredictions(classNames: ["a", "b", "c"], count: 60)).body("confidence")
        #expect(!three.contains("ROC curve"))
    }

    @Test func outputsThatAreNoNumbersAreReported() throws {
        let dataset = IndexedImages(classNames: ["a", "b"], targets: [.label(0), .label(1)])
        let sections = try sections(KnownPredictions(dataset, rows: [[.nan, .nan], [.nan, .nan]]))
        #expect(sections.body("classes").contains("outputs for 2 images are not numbers"))
        #expect(sections.body("confidence").contains("No prediction has a probability that is a number."))
        #expect(!sections.markup.contains("nan"))
    }

    @Test func samplesWithoutLabelsLeaveANote() throws {
        var dataset = IndexedImages(classNames: ["a", "b"], targets: [.label(255)])
        dataset.ignoreIndex = 255
        let sections = try sections(KnownPredictions(dataset, rows: [[1, 0]]), split: .test)
        #expect(sections.map(\.anchor) == ["predictions"])
        #expect(sections.markup.contains("None of the test samples has a label that counts."))
    }

    @Test func largeImagesAreReduced() throws {
        var known = KnownPredictions(classNames: ["a", "b"], count: 4)
        var dataset = known.dataset
        dataset.size = Size(height: 300, width: 400)
        known = KnownPredictions(dataset, rows: known.rows)
        let body = try sections(known).body("worst")
        #expect(body.count(of: "data:image/jpeg;base64,") == 4)
        #expect(body.contains("width=\"96\" height=\"72\""))
    }
}
