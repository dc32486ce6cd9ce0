import NNLayers
import Testing

@testable import NNDatasets

@Suite struct ShapesTests {
    func shapes(_ split: Split = .train, _ task: PredictionTask = .classification, seed: UInt64 = 0) -> Shapes {
        Shapes(split: split, task: task, count: split == .train ? 24 : 12, seed: seed)
    }

    func images(_ dataset: Shapes) -> [Image] { (0..<dataset.count).map { dataset.sample(at: $0).image } }

    @Test func samplesArePureFunctionsOfSeedSplitAndIndex() {
        let first = images(shapes())
        #expect(first == images(shapes()))
        #expect(Set(first).count == 24)
        #expect(Set(first).isDisjoint(with: images(shapes(.validation))))
        #expect(Set(first).isDisjoint(with: images(shapes(seed: 1))))
    }

    @Test func classesAreEquallyFrequent() {
        let dataset = shapes()
        #expect(dataset.classNames == ["circle", "square", "triangle", "cross", "star", "ring"])
        var counts = [Int](repeating: 0, count: 6)
        for index in 0..<dataset.count {
            guard case .label(let label) = dataset.sample(at: index).target else { continue }
            counts[label] += 1
        }
        #expect(counts == [4, 4, 4, 4, 4, 4])
    }

    @Test func masksShowWhatIsDrawn() {
        let dataset = Shapes(task: .segmentation, size: Size(height: 24, width: 40), classCount: 4, count: 24)
        #expect(dataset.classNames == ["background", "circle", "square", "triangle", "cross"])
        #expect(dataset.ignoreIndex == 255)
        var labels: Set<UInt8> = []
        for index in 0..<dataset.count {
            let sample = dataset.sample(at: index)
            guard case .mask(let mask) = sample.target else {
                Issue.record("sample \(index) has no mask")
                continue
            }
            #expect(mask.size == sample.image.size && mask.channels == 1)
            let drawn = mask.pixels.count { $0 > 0 }
            #expect(drawn > 10 && drawn < mask.pixels.count)
            labels.formUnion(mask.pixels)
        }
        #expect(labels == [0, 1, 2, 3, 4])
    }

    @Test(arguments: ShapeKind.allCases)
    func shapesStayWithinTheirCircle(kind: ShapeKind) {
        var area = 0
        var radius: Float = 0
        for row in -60...60 {
            for column in -60...60 {
                let (x, y) = (Float(column) / 50, Float(row) / 50)
                guard kind.contains(x, y) else { continue }
                area += 1
                radius = max(radius, (x * x + y * y).squareRoot())
            }
        }
        #expect(radius <= 1.01)
        // Each covers enough of the circle to be seen: its area is 7,854 of these points.
        #expect(area > 1500)
    }

    @Test func shapeDiffersFromItsBackground() {
        let dataset = shapes(.train, .segmentation)
        for index in 0..<dataset.count {
            let sample = dataset.sample(at: index)
            guard case .mask(let mask) = sample.target else { continue }
            // Mean colours of each drawn label against the background's.
            let means = (0...6).map { label -> [Double]? in
                let pixels = mask.pixels.indices.filter { mask.pixels[$0] == label }
                guard pixels.count > 15 else { return nil }
                return (0..<3).map { channel in
                    pixels.reduce(0) { $0 + Double(sample.image.pixels[3 * $1 + channel]) } / Double(pixels.count)
                }
            }
            guard let background = means[0] else { continue }
            for mean in means.dropFirst().compactMap({ $0 }) {
                #expect(zip(mean, background).map { abs($0 - $1) }.max() ?? 0 > 25)
            }
        }
    }
}
