import Foundation
import NNInference
@_spi(Internal) import NNReporting

/// The result of `nn compare` as JSON.
struct CompareReport: Encodable {
    /// A run with the values of its row.
    struct Run: Encodable {
        let run: String
        let folder: String
        let values: [ComparisonTable.NamedValue]

        static func all(of comparison: RunComparison) -> [Run] {
            zip(comparison.runs, comparison.table.namedValues).map { run, values in
                Run(run: run.name, folder: run.directory.url.relativePath, values: values)
            }
        }
    }

    var runs: [Run] = []
    /// The predictions of each image.
    var images: [RowText] = []
    /// The paths of the sheets.
    var sheets: [String] = []
    /// The paths of the tables.
    var tables: [String] = []
    /// What the file of Markdown says below the table; not part of the JSON.
    var description = ""

    /// All files that were written.
    var files: [String] { sheets + tables }

    private enum CodingKeys: CodingKey { case runs, images, sheets, tables }
}
