import NNLayers

/// The pixels of a region as lengths of runs, column after column: of pixels outside, inside, outside and so on, as COCO
/// stores them (Lin et al. 2014).
///
/// ```swift
/// let region = try RunLengths(size: [4, 4], polygon: [1, 1, 3, 1, 3, 3, 1, 3])
/// print(region.area, region.compressed)
/// ```
struct RunLengths: Hashable, Sendable {
    /// The height and width of the image in pixels.
    let size: Size
    /// The lengths, whose sum is the number of pixels of the image; the first one may be 0.
    let counts: [Int]

    /// A region of stored lengths.
    /// - Throws: ``AnnotationError`` where a length is negative, or they do not add up to the pixels of the image.
    init(size: Size, counts: [Int]) throws(AnnotationError) {
        var sum = 0
        for count in counts {
            guard count >= 0 else { throw AnnotationError("a run has the length \(count)") }
            let (next, overflows) = sum.addingReportingOverflow(count)
            sum = next
            if overflows || sum > size.area {
                throw AnnotationError("its runs are longer than the \(size.area) pixels of the image")
            }
        }
        guard sum == size.area else {
            throw AnnotationError("its runs have \(sum) pixels, the image has \(size.area)")
        }
        self.size = size
        self.counts = counts
    }

    /// A region of positions at which inside and outside change, counted along columns. Two changes at one position
    /// undo each other.
    init(size: Size, changes: [Int]) {
        var counts: [Int] = []
        var start = 0
        var index = 0
        while index < changes.count, changes[index] < size.area {
            if index + 1 < changes.count, changes[index + 1] == changes[index] {
                index += 2
                continue
            }
            counts.append(changes[index] - start)
            start = changes[index]
            index += 1
        }
        counts.append(size.area - start)
        self.size = size
        self.counts = counts
    }

    /// The region where a mask, by columns, is true.
    private init(size: Size, isInside: [Bool]) {
        var changes: [Int] = []
        var previous = false
        for (position, value) in isInside.enumerated() where value != previous {
            changes.append(position)
            previous = value
        }
        self.init(size: size, changes: changes)
    }

    /// The pixels of a mask that have a label.
    /// - Parameter mask: An image of one channel; traps for others.
    init(of label: UInt8, in mask: Image) {
        require(mask.channels == 1, "RunLengths: a mask has one channel, not \(mask.channels)")
        let (height, width) = (mask.height, mask.width)
        var changes: [Int] = []
        mask.pixels.withUnsafeBufferPointer { pixels in
            var previous = false
            for column in 0..<width {
                for row in 0..<height where (pixels[row * width + column] == label) != previous {
                    changes.append(column * height + row)
                    previous.toggle()
                }
            }
        }
        self.init(size: mask.size, changes: changes)
    }

    /// All pixels that one of several regions has.
    /// - Parameter regions: At least one, all of one size; traps otherwise.
    init(union regions: [RunLengths]) {
        require(
            !regions.isEmpty && regions.allSatisfy { $0.size == regions[0].size },
            "RunLengths: regions of several sizes")
        if regions.count == 1 {
            self = regions[0]
            return
        }
        var isInside = [Bool](repeating: false, count: regions[0].size.area)
        for region in regions { region.forEachRun { for position in $0 { isInside[position] = true } } }
        self.init(size: regions[0].size, isInside: isInside)
    }

    /// The number of pixels of the region.
    var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] } }

    /// The smallest rectangle around the region: its first column and row, its width and its height; all 0 for an empty
    /// region.
    var bounds: (left: Int, top: Int, width: Int, height: Int) {
        var (left, top, right, bottom) = (Int.max, Int.max, -1, -1)
        let height = size.height
        forEachRun { run in
            let (first, last) = (run.lowerBound, run.upperBound - 1)
            left = min(left, first / height)
            right = max(right, last / height)
            // A run that goes on in the next column touches both edges.
            let isOneColumn = first / height == last / height
            top = min(top, isOneColumn ? first % height : 0)
            bottom = max(bottom, isOneColumn ? last % height : height - 1)
        }
        return right < 0 ? (0, 0, 0, 0) : (left, top, right - left + 1, bottom - top + 1)
    }

    /// Calls a closure with the positions of each run of pixels inside, counted along columns.
    func forEachRun(_ body: (Range<Int>) -> Void) {
        var position = 0
        for (index, count) in counts.enumerated() {
            if index % 2 == 1, count > 0 { body(position..<position + count) }
            position += count
        }
    }

    /// Calls a closure with the index of each pixel inside, counted along rows as an ``Image`` stores them.
    func forEachPixel(_ body: (Int) -> Void) {
        let (height, width) = (size.height, size.width)
        forEachRun { run in
            var (row, column) = (run.lowerBound % height, run.lowerBound / height)
            for _ in run {
                body(row * width + column)
                row += 1
                if row == height { (row, column) = (0, column + 1) }
            }
        }
    }
}

extension RunLengths {
    /// The lengths as the text that COCO's tools write: each as its difference to the one before the last, five bits a
    /// character.
    var compressed: String {
        var text: [UInt8] = []
        for (index, count) in counts.enumerated() {
            var value = index > 2 ? count - counts[index - 2] : count
            while true {
                let bits = value & 0x1f
                value >>= 5
                let isLast = bits & 0x10 == 0 ? value == 0 : value == -1
                text.append(UInt8(48 + bits + (isLast ? 0 : 0x20)))
                if isLast { break }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A region of the text that COCO's tools write.
    /// - Throws: ``AnnotationError`` for other characters, and lengths that do not add up to the pixels of the image.
    init(size: Size, compressed: String) throws(AnnotationError) {
        var counts: [Int] = []
        var (value, shift) = (0, 0)
        for byte in compressed.utf8 {
            guard 48..<112 ~= byte else { throw AnnotationError("its runs have a character that COCO does not use") }
            let bits = Int(byte) - 48
            // Lengths have 32 bits; more characters than that need are damage.
            guard shift < 35 else { throw AnnotationError("its runs have a length of more than 32 bits") }
            value |= (bits & 0x1f) << shift
            shift += 5
            guard bits & 0x20 == 0 else { continue }
            if bits & 0x10 != 0 { value |= -1 << shift }
            counts.append(counts.count > 2 ? value + counts[counts.count - 2] : value)
            (value, shift) = (0, 0)
        }
        if shift > 0 { throw AnnotationError("its runs end within a length") }
        try self.init(size: size, counts: counts)
    }
}

/// What is wrong with an annotation.
struct AnnotationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    let description: String

    init(_ description: String) { self.description = description }
}
