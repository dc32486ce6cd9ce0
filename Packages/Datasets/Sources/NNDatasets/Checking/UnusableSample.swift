import Foundation
import NNCore

/// Tells why a data set refused a sample.
struct UnusableSample {
    private let error: any Error
    private let index: Int
    private let files: [String]

    init(_ error: any Error, at index: Int, of dataset: any Dataset) {
        self.error = error
        self.index = index
        files = dataset.files(at: index)
    }

    func finding(_ split: Split) -> Finding {
        func finding(_ kind: Finding.Kind, _ file: String, _ message: String, _ remedy: String) -> Finding {
            Finding(.error, kind, split, sample: index, file: file, message, remedy: remedy)
        }
        switch error {
        case let error as ImageError:
            let (kind, hint) = files.count > 1 && error.file == files[1] ? maskProblem : (.unreadable, "")
            let remedy = kind == .blackAndWhiteMask ? Finding.blackAndWhiteRemedy : error.remedy
            return finding(kind, error.file, error.reason + hint, remedy)
        case let error as DatasetError:
            return finding(.unreadable, error.place, error.reason, error.remedy)
        default:
            return finding(
                .unreadable, files.first ?? "sample \(index)", "\(error)",
                "Replace the file, or remove it from the data set")
        }
    }

    /// What is the matter with the mask, with what is to be said besides the error.
    private var maskProblem: (kind: Finding.Kind, hint: String) {
        let file = URL(fileURLWithPath: files[1])
        let size = (try? Image(contentsOf: URL(fileURLWithPath: files[0])))?.size
        guard let mask = try? Image(indicesOf: file) else {
            // What can be read as a picture, but not as a mask, is whole and of the wrong kind.
            guard let picture = try? Image(contentsOf: file) else { return (.unreadable, "") }
            if let size, picture.size != size { return (.sizeMismatch, "") }
            return (.colorMask, "; the mask is \(picture.colorText)")
        }
        if let size, mask.size != size { return (.sizeMismatch, "") }
        if Set(mask.labelCounts(ignoring: nil).keys).isSubset(of: [0, 255]) {
            return (.blackAndWhiteMask, "; the mask holds 0 and 255, black and white, in place of class indices")
        }
        return (.labelOutOfRange, "")
    }
}

extension Image {
    /// What an RGB picture looks like, for one that is in the place of a mask.
    fileprivate var colorText: String {
        var colors: Set<Color> = []
        var isGrey = true
        for pixel in stride(from: 0, to: pixels.count, by: 3) where colors.count <= 256 {
            let color = Color(red: pixels[pixel], green: pixels[pixel + 1], blue: pixels[pixel + 2])
            colors.insert(color)
            isGrey = isGrey && color.red == color.green && color.red == color.blue
        }
        let count = colors.count > 256 ? "more than 256" : "\(colors.count)"
        return isGrey ? "a grey picture of \(count) shades" : "an RGB picture of \(count) colours"
    }
}
