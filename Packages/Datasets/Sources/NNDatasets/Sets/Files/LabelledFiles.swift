import Foundation

/// Image files, each with the index of its class.
struct LabelledFiles: Dataset {
    var files: [(path: String, label: Int)]
    var classNames: [String]

    var count: Int { files.count }

    func sample(at index: Int) throws -> Sample {
        let (path, label) = files[index]
        return Sample(image: try Image(contentsOf: URL(filePath: path)), target: .label(label), name: path)
    }

    func files(at index: Int) -> [String] { [files[index].path] }
    func labelCounts(at index: Int) -> [Int: Int] { [files[index].label: 1] }
}
