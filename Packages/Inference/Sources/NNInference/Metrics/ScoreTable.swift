@_spi(Text) import NNLayers

/// Scores of each class or output and their means, as a table for people, as CSV and as JSON.
public struct ScoreTable: Sendable, Hashable {
    /// A column of numbers.
    public struct Column: Sendable, Hashable {
        /// The name in files, such as `precision`.
        public var name: String
        /// The title for people, such as `precision %`.
        public var title: String
        /// The number of decimals for people; files have all digits.
        public var decimals: Int

        /// A column of percentages, from 0 to 100.
        public static func percent(_ name: String, title: String? = nil) -> Column {
            Column(name: name, title: "\(title ?? name) %", decimals: 2)
        }
        /// A column of whole numbers.
        public static func count(_ name: String) -> Column { Column(name: name, title: name, decimals: 0) }
        /// A column of other numbers.
        public static func number(_ name: String, title: String? = nil, decimals: Int = 4) -> Column {
            Column(name: name, title: title ?? name, decimals: decimals)
        }
    }

    /// A class, an output or a mean.
    public struct Row: Sendable, Hashable {
        /// The name of the class.
        public var name: String
        /// A number for each column; nil where it is undefined.
        public var values: [Double?]
    }

    /// The name of the metric, for files: `classification`.
    public var name: String
    /// What the rows are: `class`.
    public var subject: String
    /// The columns after the name.
    public var columns: [Column]
    /// The rows of classes or outputs, then those of means.
    public private(set) var rows: [Row] = []

    /// A table without rows.
    public init(_ name: String, subject: String = "class", columns: [Column]) {
        self.name = name
        self.subject = subject
        self.columns = columns
    }

    /// Appends a row with a number for each column; nil where it is undefined.
    public mutating func add(_ name: String, _ values: [Double?]) {
        require(values.count == columns.count, "ScoreTable: \(values.count) values for \(columns.count) columns")
        rows.append(Row(name: name, values: values.map { $0.flatMap { $0.isNaN ? nil : $0 } }))
    }

    /// The table for people, in which `—` is undefined.
    public var text: String {
        var table = TextTable(columns: [subject] + columns.map(\.title))
        for row in rows {
            table.add([row.name] + zip(row.values, columns).map { MetricValue.format($0, decimals: $1.decimals) })
        }
        return table.description
    }

    /// The table as CSV, in which an empty cell is undefined.
    public var csv: String {
        let cells = rows.map { row in
            [row.name]
                + zip(row.values, columns).map { value, column in
                    value.map { column.decimals == 0 ? "\(Int($0))" : "\($0)" } ?? ""
                }
        }
        return CSV.text(columns: [subject] + columns.map(\.name), rows: cells) + "\n"
    }
}

extension ScoreTable: Encodable {
    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// Writes a list with an object for each row: `{"class": "cat", "precision": 50.0, "recall": null}`.
    public func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        for row in rows {
            var object = list.nestedContainer(keyedBy: Key.self)
            try object.encode(row.name, forKey: Key(subject))
            for (column, value) in zip(columns, row.values) {
                if let value, value.isFinite {
                    if column.decimals == 0 {
                        try object.encode(Int(value), forKey: Key(column.name))
                    } else {
                        try object.encode(value, forKey: Key(column.name))
                    }
                } else {
                    try object.encodeNil(forKey: Key(column.name))
                }
            }
        }
    }
}
