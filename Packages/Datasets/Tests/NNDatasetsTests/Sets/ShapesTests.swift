import NNLayers
import Testing

@testable import NNDatasets

@Suite struct ShapesTests {
    func options(_ task: PredictionTask = .classification, seed: UInt64 = 0) -> Shapes.Options {
        var options = Shapes.Options()
        options.task = task
        options.seed = seed
        options.trainCount = 24
        options.validationCount = 12
        return options
    }

    func images(_ options: Shapes.Options, _ split: Split = .train) throws -> [Image] {
        let dataset = Shapes(options).dataset(split)
        return try (0..<dataset.count).map { try dataset.sample(at: $0).image }
    }

    @Test func samplesArePureFunctionsOfSeedSplitAndIndex() throws {
        let first = try images(options())
        #expect(first == (try images(options())))
        #expect(Set(first).count == 24)
        #expect(Set(first).isDisjoint(with: try images(options(), .validation)))
        #expect(Set(first).isDisjoint(with: try images(options(seed: 1))))
    }

    @Test func classesAreEquallyFrequent() throws {
        let dataset = Shapes(options()).dataset(.train)
        #expect(dataset.classNames == ["circle", "square", "triangle", "cross", "star", "ring"])
        var counts = [Int](repeating: 0, count: 6)
        for index in 0..<dataset.count {
            guard case .label(let label) = try dataset.sample(at: index).target else { continue }
            counts[label] += 1
        }
        #expect(counts == [4, 4, 4, 4, 4, 4])
    }

    @Test func masksShowWhatIsDrawn() throws {
        var options = options(.segmentation)
        options.size = SizeOption(Size(height: 24, width: 40))
        options.classCount = 4
        let dataset = Shapes(options).dataset(.train)
        #expect(dataset.classNames == ["background", "circle", "square", "triangle", "cross"])
        #expect(dataset.ignoreIndex == 255)
        var labels: Set<UInt8> = []
        for index in 0..<dataset.count {
            let sample = try dataset.sample(at: index)
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

    @Test func shapeDiffersFromItsBackground() throws {
        let dataset = Shapes(options(.segmentation)).dataset(.train)
        for index in 0..<dataset.count {
            let sample = try dataset.sample(at: index)
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
