/// What was measured after an epoch, in the order of the columns.
public struct LogRow: Sendable, Hashable {
    /// A number under its name.
    public struct Entry: Sendable, Hashable {
        public var name: String
        public var value: Double

        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// How many epochs are done.
    public var epoch: Int
    /// How many steps are done.
    public var step: Int
    /// The measured values, such as `train_loss` and `validation_top1`.
    public var entries: [Entry]

    public init(epoch: Int, step: Int, entries: [Entry] = []) {
        self.epoch = epoch
        self.step = step
        self.entries = entries
    }

    /// The value under a name; nil where it was not measured. Setting adds it at the end if it is new.
    public subscript(name: String) -> Double? {
        get { entries.first { $0.name == name }?.value }
        set {
            let index = entries.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(name, value))
            case (nil, nil): break
            }
        }
    }
}

extension LogRow {
    /// One line of JSON, without the line end. What is not finite becomes null, which JSON can say.
    var json: String {
        let values = entries.map { "\"\($0.name)\": \($0.value.isFinite ? "\($0.value)" : "null")" }
        return "{" + (["\"epoch\": \(epoch)", "\"step\": \(step)"] + values).joined(separator: ", ") + "}"
    }

    /// Reads what `json` wrote; nil for anything else. (A general reader would lose the order.)
    init?(json line: some StringProtocol) {
        guard line.hasPrefix("{"), line.hasSuffix("}") else { return nil }
        var entries: [Entry] = []
        for part in line.dropFirst().dropLast().split(separator: ", ") {
            let pair = part.split(separator: ": ", maxSplits: 1)
            guard pair.count == 2, pair[0].count > 2, pair[0].hasPrefix("\""), pair[0].hasSuffix("\""),
                let value = pair[1] == "null" ? Double.nan : Double(pair[1])
            else { return nil }
            entries.append(Entry(String(pair[0].dropFirst().dropLast()), value))
        }
        guard entries.count >= 2, entries[0].name == "epoch", entries[1].name == "step",
            let epoch = Int(exactly: entries[0].value), let step = Int(exactly: entries[1].value)
        else { return nil }
        self.init(epoch: epoch, step: step, entries: Array(entries.dropFirst(2)))
    }

    /// One line of a table with these columns after `epoch` and `step`; a cell without a value is empty.
    func csv(columns: [String]) -> String {
        (["\(epoch)", "\(step)"] + columns.map { self[$0].map { "\($0)" } ?? "" }).joined(separator: ",")
    }
}
