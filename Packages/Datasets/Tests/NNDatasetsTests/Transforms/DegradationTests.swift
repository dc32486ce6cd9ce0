import Foundation
import NNLayers
import Testing

@testable import NNDatasets

@Suite struct NoiseTests {
    func noisy(_ value: UInt8, _ noise: Noise, key: Int = 1) throws -> [Double] {
        let sample = Sample(image: Image(size: 80, filledWith: value), target: .label(0), name: "a.png")
        return try sample.transformed(by: noise, key: key).image.pixels.map { Double($0) - Double(value) }
    }

    func deviation(_ values: [Double]) -> Double {
        (values.map { $0 * $0 }.reduce(0, +) / Double(values.count)).squareRoot()
    }

    @Test(arguments: [
        // The deviation of rounding, 0.29, adds little.
        (Noise.Kind.gaussian, UInt8(60), 10.2), (.gaussian, 180, 10.2), (.shot, 64, 10.2 * 0.501),
        (.shot, 200, 10.2 * 0.8856), (.speckle, 100, 4.0), (.speckle, 200, 8.0),
    ])
    func noiseHasItsStrength(kind: Noise.Kind, value: UInt8, expected: Double) throws {
        let values = try noisy(value, Noise(kind: kind, sigma: 0.04...0.04, probability: 1))
        #expect(abs(deviation(values) / expected - 1) < 0.03)
        #expect(abs(values.reduce(0, +) / Double(values.count)) < 0.25)
        // Beyond two deviations are 4.6 % of a normal distribution.
        let outside = Double(values.count { abs($0) > 2 * expected }) / Double(values.count)
        #expect(0.03...0.06 ~= outside)
        // Channels and neighbours have nothing to do with each other.
        let products = zip(values, values.dropFirst()).map { $0 * $1 }
        #expect(abs(products.reduce(0, +) / Double(products.count)) < 0.05 * expected * expected)
    }

    @Test func greyNoiseIsTheSameInAllChannels() throws {
        let values = try noisy(100, Noise(sigma: 0.1...0.1, isGrey: true, probability: 1))
        for pixel in stride(from: 0, to: values.count, by: 3) {
            #expect(values[pixel] == values[pixel + 1] && values[pixel] == values[pixel + 2])
        }
        #expect(abs(deviation(values) - 25.5) < 1)
    }

    @Test func saltAndPepperChangesItsShare() throws {
        let values = try noisy(100, Noise(kind: .saltAndPepper, share: 0.2...0.2, probability: 1))
        let pixels = stride(from: 0, to: values.count, by: 3).map { Array(values[$0..<$0 + 3]) }
        #expect(pixels.allSatisfy { Set($0).count == 1 && [-100, 0, 155].contains($0[0]) })
        // 640 of 6,400 are expected each; five deviations are 120.
        #expect(520...760 ~= pixels.count { $0[0] == 155 } && 520...760 ~= pixels.count { $0[0] == -100 })
    }

    @Test func noiseIsClippedAndDrawnAnew() throws {
        #expect(try noisy(255, Noise(sigma: 0.2...0.2, probability: 1)).allSatisfy { $0 <= 0 })
        #expect(try noisy(0, Noise(sigma: 0.2...0.2, probability: 1)).allSatisfy { $0 >= 0 })
        #expect(try noisy(9, Noise(kind: .speckle, probability: 0)).allSatisfy { $0 == 0 })
        #expect(try noisy(99, Noise(probability: 1), key: 1) != noisy(99, Noise(probability: 1), key: 2))
        let strengths = try (0..<60).map {
            deviation(try noisy(128, Noise(sigma: 0.01...0.1, probability: 1), key: $0))
        }
        #expect(2.4...5 ~= (strengths.min() ?? 0) && 22...26 ~= (strengths.max() ?? 0))
        let changed = try (0..<200).count { try noisy(128, Noise(), key: $0).contains { $0 != 0 } }
        #expect(65...135 ~= changed)
    }
}

@Suite struct JPEGArtifactsTests {
    @Test(arguments: [1, 3, 4])
    func artefactsAreThoseOfAFile(channels: Int) throws {
        let image = Image.smooth(Size(height: 21, width: 37), channels: channels)
        let sample = Sample(image: image, target: .label(0), name: "a.png")
        let results = try [10, 50, 95].map {
            try sample.transformed(by: JPEGArtifacts(quality: $0...$0, probability: 1)).image
        }
        let errors = results.map { result in
            zip(result.pixels, image.pixels).map { abs(Int($0) - Int($1)) }.reduce(0, +)
        }
        #expect(errors[0] > errors[1] && errors[1] > errors[2] && errors[2] > 0)
        #expect(results.allSatisfy { $0.size == image.size && $0.channels == channels })
        guard channels == 3 else { return }
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("a.jpg")
        try image.writeJPEG(to: file, quality: 50)
        #expect(try Image(contentsOf: file) == results[1])
    }

    @Test func qualitiesAreDrawn() throws {
        let sample = Sample(image: .patterned(16), target: .label(0), name: "a.png")
        let images = try (0..<60).map {
            try sample.transformed(by: JPEGArtifacts(quality: 40...42, probability: 1), key: $0).image
        }
        #expect(Set(images).count == 3)
        let unchanged = try (0..<100).count {
            try sample.transformed(by: JPEGArtifacts(), key: $0).image == sample.image
        }
        #expect(25...75 ~= unchanged)
    }

    @Test func longImagesAreRefused() {
        let sample = Sample(image: Image(size: Size(height: 1, width: 65_501)), target: .label(0), name: "long.png")
        let message = failure { _ = try sample.transformed(by: JPEGArtifacts(probability: 1)) }
        #expect(message?.contains("long.png: its 1x65501 pixels are more than a JPEG file has") == true)
    }
}

@Suite struct RandomErasingTests {
    let sample = Sample.masked(Size(height: 40, width: 60)) { UInt8($0) + UInt8($1) }

    /// The rectangle of pixels that differ; nil where they are none.
    func changedPart(_ changed: Image, _ original: Image) -> (rows: ClosedRange<Int>, columns: ClosedRange<Int>)? {
        var (rows, columns) = (Set<Int>(), Set<Int>())
        for row in 0..<original.height {
            for column in 0..<original.width
            where (0..<original.channels).contains(where: { changed[row, column, $0] != original[row, column, $0] }) {
                rows.insert(row)
                columns.insert(column)
            }
        }
        guard let top = rows.min(), let bottom = rows.max(), let left = columns.min(), let right = columns.max() else {
            return nil
        }
        return (top...bottom, left...right)
    }

    /// torchvision's rule: the roots of area times and by ratio, rounded; both sides shorter than those of the image.
    @Test func rectanglesAreThoseOfTorchvision() {
        for (area, ratio, height, width, expected) in [
            (0.1, 1, 32, 32, Size(10)), (0.33, 3.3, 224, 224, nil),
            (0.02, 0.3, 100, 150, Size(height: 9, width: 32)), (0.2, 2, 50, 80, Size(height: 40, width: 20)),
            (1, 1, 20, 20, nil), (0.25, 1, 2, 2, Size(1)), (0.02, 1, 3, 3, nil), (0.3, 1, 1, 9, nil),
        ] as [(Float, Float, Int, Int, Size?)] {
            let whole = Size(height: height, width: width)
            #expect(RandomErasing.rectangle(area: area, ratio: ratio, of: whole) == expected)
        }
    }

    @Test(arguments: 0..<20)
    func rectanglesAreFilled(key: Int) throws {
        let erasing = RandomErasing(probability: 1, fill: .value(200), mask: .ignore, ignoreIndex: 255)
        let erased = try sample.transformed(by: erasing, key: key)
        let part = try #require(changedPart(erased.image, sample.image))
        let mask = try #require(erased.mask)
        for row in 0..<40 {
            for column in 0..<60 {
                let isInside = part.rows.contains(row) && part.columns.contains(column)
                #expect(erased.image[row, column, 2] == (isInside ? 200 : sample.image[row, column]))
                #expect(mask[row, column] == (isInside ? 255 : sample.mask?[row, column]))
            }
        }
        let area = Double(part.rows.count * part.columns.count) / 2400
        #expect(0.015...0.36 ~= area)
        #expect(0.25...3.8 ~= Double(part.rows.count) / Double(part.columns.count))
        let kept = try sample.transformed(by: RandomErasing(probability: 1, fill: .value(200)), key: key)
        #expect(kept.target == sample.target && kept.image == erased.image)
    }

    @Test func noiseHasAllValues() throws {
        let dark = Sample(image: Image(size: 64, channels: 4), target: .label(1), name: "a.png")
        let erased = try dark.transformed(by: RandomErasing(probability: 1, area: 0.3...0.3), key: 2).image
        let part = try #require(changedPart(erased, dark.image))
        let inside = erased.cropped(
            top: part.rows.lowerBound, left: part.columns.lowerBound,
            size: Size(height: part.rows.count, width: part.columns.count))
        #expect(Set(inside.pixels).count > 240)
        let mean = inside.pixels.map(Double.init).reduce(0, +) / Double(inside.pixels.count)
        #expect(abs(mean - 127.5) < 4)
        let outside = erased.pixels.count { $0 != 0 }
        #expect(outside <= inside.pixels.count)
    }

    @Test func probabilityAndTinyImages() throws {
        let erased = try (0..<200).count { try sample.transformed(by: RandomErasing(), key: $0).image != sample.image }
        #expect(65...135 ~= erased)
        let tiny = Sample.masked(1) { _, _ in 3 }
        #expect(try tiny.transformed(by: RandomErasing(probability: 1), key: 1).image == tiny.image)
        let message = failure {
            for key in 0..<5 { _ = try sample.transformed(by: RandomErasing(probability: 1, mask: .ignore), key: key) }
        }
        #expect(message?.contains("masked.png") == true && message?.contains("ignore") == true)
    }
}
