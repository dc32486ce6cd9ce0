import NNDatasets
import NNLayers
import NNTesting

/// What a transform does to the pixels of an image, and with that how its mask can be checked.
public enum PixelEffect: Sendable, CaseIterable {
    /// Pixels are moved and keep their values, as by crops, flips and padding: a mask that equals a channel of the image
    /// equals it afterwards.
    case moved
    /// Pixels are moved and interpolated, as by resizing and rotation: such a mask agrees but for a few pixels at edges.
    case interpolated
    /// Pixels stay and change their values, as by changes of color: the mask stays as it was.
    case recolored
    /// Pixels may be moved and change their values: only the size and the labels of the mask are checked.
    case movedAndRecolored
}

/// Checks what every transform has to meet.
///
/// - A mask has the size of its image afterwards, was moved with it, and has no label but those that it had and the
///   ignored one; a label of a whole image stays.
/// - The same random numbers give the same result.
/// - Images of one pixel and of odd sizes are transformed, or refused by an error that names the sample.
/// - Where it states the sizes that images get, results have one of them.
/// - Where it declares that it keeps the layout, every part of the image stays visible and on its side.
///
/// - Parameters:
///   - effect: What it does to pixels.
///   - ignoreIndex: The label that it was built to give pixels that it adds.
///   - imageSizes: At least one must be transformed.
///   - seedCount: How many draws of random numbers are tried for each size.
/// - Throws: `CheckFailure` with all findings.
public func checkTransform(
    _ transform: any Transform, effect: PixelEffect = .moved, ignoreIndex: Int = 255,
    imageSizes: [Size] = [Size(64), Size(height: 33, width: 47), Size(height: 7, width: 5), Size(1)],
    seedCount: Int = 8
) throws {
    var findings = Findings(String(describing: type(of: transform)))
    var transformedCount = 0
    var refusals: [String] = []
    for size in imageSizes {
        for seed in 0..<seedCount {
            let key = RandomKey(seed: UInt64(seed)).derived(size.height)
            let before = patchwork(size)
            let subject = "an image of \(size), seed \(seed)"
            do {
                let after = try transformed(before, by: transform, key)
                transformedCount += 1
                let again = try transformed(before, by: transform, key)
                findings.expect(isSame(after, again), "\(subject): the same random numbers give another result")
                findings.expect(after.name == before.name, "\(subject): the name becomes '\(after.name)'")
                if let stated = try? transform.sizes(of: SizeRange(size), name: before.name),
                    !stated.contains(after.image.size)
                {
                    findings.add(
                        "\(subject): it states sizes from \(stated.smallest) to \(stated.largest), and the result has "
                            + "\(after.image.size)")
                }
                if let problem = problem(of: after, from: before, effect, ignoreIndex) {
                    findings.add("\(subject): \(problem)")
                }
                var labelled = before
                labelled.target = .label(2)
                let label = try transformed(labelled, by: transform, key).target
                findings.expect(label == .label(2), "\(subject): the label of the image becomes \(label)")
                labelled.target = .values([0.25, .nan])
                let values = try transformed(labelled, by: transform, key).target
                findings.expect(
                    values == .values([0.25, .nan]), "\(subject): the values of the image become \(values)")
                if transform.keepsLayout, min(size.height, size.width) >= 16,
                    let problem = layoutProblem(try transformed(quarters(size), by: transform, key))
                {
                    findings.add("\(subject): it declares that it keeps the layout, and \(problem)")
                }
            } catch let error as ImageError {
                refusals.append("\(error)")
                findings.expect(error.file == before.name, "\(subject): the error does not name the sample: \(error)")
            } catch {
                findings.add("\(subject): it throws \(type(of: error)), not ImageError: \(error)")
            }
        }
    }
    findings.expect(
        transformedCount > 0 || imageSizes.isEmpty || seedCount < 1,
        "it refuses every size, such as: \(refusals.first ?? "")")
    try findings.check()
}

private func transformed(_ sample: Sample, by transform: any Transform, _ key: RandomKey) throws -> Sample {
    var random = RandomGenerator(key: key)
    return try transform(sample, random: &random)
}

/// The labels of test masks. They are far apart, so that interpolated pixels are near the one or the other.
private let testLabels: [UInt8] = [1, 201]

/// An image of patches whose channels all equal its mask.
private func patchwork(_ size: Size) -> Sample {
    let patch = max(1, min(size.height, size.width) / 4)
    var mask = Image(size: size, channels: 1, filledWith: testLabels[0])
    for row in 0..<size.height {
        for column in 0..<size.width where RandomKey(seed: 7).derived(row / patch).derived(column / patch).bits % 2 == 0
        {
            mask[row, column] = testLabels[1]
        }
    }
    return sample(of: mask)
}

/// An image of four quarters, labelled 1 to 4 by rows.
private func quarters(_ size: Size) -> Sample {
    var mask = Image(size: size, channels: 1, filledWith: 0)
    for row in 0..<size.height {
        for column in 0..<size.width {
            mask[row, column] = UInt8(1 + (2 * row >= size.height ? 2 : 0) + (2 * column >= size.width ? 1 : 0))
        }
    }
    return sample(of: mask)
}

private func sample(of mask: Image) -> Sample {
    Sample(
        image: Image(size: mask.size, channels: 3, pixels: mask.pixels.flatMap { [$0, $0, $0] }), target: .mask(mask),
        name: "the image of the check")
}

/// What is wrong with a transformed patchwork.
private func problem(of after: Sample, from before: Sample, _ effect: PixelEffect, _ ignoreIndex: Int) -> String? {
    guard case .mask(let mask) = after.target else { return "the mask is lost" }
    guard mask.size == after.image.size, mask.channels == 1 else {
        return "the mask has \(mask.size) pixels of \(mask.channels) channels, the image \(after.image.size) pixels"
    }
    let strange = Set(mask.pixels).filter { !testLabels.contains($0) && Int($0) != ignoreIndex }.sorted()
    guard strange.isEmpty else { return "the mask has labels \(strange), which it did not have" }
    let counted = mask.pixels.indices.filter { Int(mask.pixels[$0]) != ignoreIndex }
    let channels = after.image.channels
    switch effect {
    case .moved:
        let wrong = counted.count { mask.pixels[$0] != after.image.pixels[$0 * channels] }
        return wrong == 0 ? nil : "the mask was not moved with the image: \(wrong) of \(counted.count) pixels differ"
    case .interpolated:
        let middle = (Int(testLabels[0]) + Int(testLabels[1])) / 2
        let wrong = counted.count {
            (Int(mask.pixels[$0]) > middle) != (Int(after.image.pixels[$0 * channels]) > middle)
        }
        // At the edges of patches the interpolated image lies between the two labels.
        let allowed = max(counted.count / 5, 4)
        return wrong <= allowed
            ? nil : "the mask was not moved with the image: \(wrong) of \(counted.count) pixels disagree"
    case .recolored:
        return after.target == before.target ? nil : "the mask changes, although pixels stay where they are"
    case .movedAndRecolored: return nil
    }
}

/// What is wrong with the layout of transformed quarters.
private func layoutProblem(_ sample: Sample) -> String? {
    guard case .mask(let mask) = sample.target else { return "the mask is lost" }
    var sums = [Int: (rows: Int, columns: Int, count: Int)]()
    for row in 0..<mask.height {
        for column in 0..<mask.width {
            let sum = sums[Int(mask[row, column])] ?? (0, 0, 0)
            sums[Int(mask[row, column])] = (sum.rows + row, sum.columns + column, sum.count + 1)
        }
    }
    guard let first = sums[1], let second = sums[2], let third = sums[3], let fourth = sums[4] else {
        return "a quarter of the image is not visible any more"
    }
    func mean(_ sum: Int, _ count: Int) -> Double { Double(sum) / Double(count) }
    let isRight =
        mean(first.columns, first.count) < mean(second.columns, second.count)
        && mean(third.columns, third.count) < mean(fourth.columns, fourth.count)
        && mean(first.rows, first.count) < mean(third.rows, third.count)
        && mean(second.rows, second.count) < mean(fourth.rows, fourth.count)
    return isRight ? nil : "the quarters of the image change their sides"
}
