import NNLayers

/// Which tensor of a file goes where in a network. It is found by names and shapes alone; the elements are not read.
public struct WeightPlan: Sendable {
    /// A tensor of the file that becomes a value of the network.
    public struct Assignment: Sendable {
        /// In the network.
        public let name: String
        /// In the file.
        public let source: String
        public let layout: WeightLayout
        public let adaptation: WeightAdaptation?
    }

    /// The name map that was used; nil where the names are the network's.
    public let mapName: String?
    public private(set) var assignments: [Assignment] = []
    /// What fits and what does not; names of the network for what is missing, of the file for what is unexpected.
    public private(set) var report = StateDictionaryReport()
    /// Names that keep their first values because the file is for other classes.
    public private(set) var reinitialized: [String] = []
    /// Names that do not fit and need not, by `except`.
    public private(set) var excepted: [String] = []
    /// What the name map leaves out, in the file.
    public private(set) var leftOut: [String] = []
    /// What batch norms must have for these weights, where the network's have something else.
    public private(set) var epsilonMismatch: EpsilonMismatch?

    /// A batch norm that adds something else to variances than the one that the weights were trained with.
    public struct EpsilonMismatch: Sendable, Hashable {
        public let wanted: Float
        public let found: Float
    }

    /// How far the file and the network are from each other.
    var distance: Int { report.missing.count + report.unexpected.count + report.mismatched.count }

    /// - Parameters:
    ///   - map: How the names become the network's; nil where they are.
    ///   - classCount: What the network tells apart, to see whether a last layer is for other classes.
    /// - Throws: ``WeightError`` where two tensors become the same value.
    init(
        _ file: any WeightFile, into slots: [WeightSlot], map: (name: String, map: NameMap)?, source: WeightSource,
        classCount: Int?, epsilons: [Float]
    ) throws(WeightError) {
        mapName = map?.name
        let slotsByName = Dictionary(uniqueKeysWithValues: slots.map { ($0.name, $0) })
        let isInPart = { (name: String) in source.part.map { name.hasPrefix("\($0).") } ?? true }
        var takenBy: [String: String] = [:]
        let names = file.entries.map(\.name)
        let targets = map?.map.targets(of: names) ?? names.map { .name($0, .asIs) }
        for (entry, target) in zip(file.entries, targets) {
            guard case .name(let name, let layout) = target else {
                if target == .leftOut {
                    leftOut.append(entry.name)
                } else {
                    report.unexpected.append(.init(name: entry.name, shape: entry.shape))
                }
                continue
            }
            guard isInPart(name) else { continue }
            guard let slot = slotsByName[name] else {
                report.unexpected.append(.init(name: entry.name, shape: entry.shape))
                continue
            }
            if let other = takenBy.updateValue(entry.name, forKey: name) {
                throw WeightError(
                    file: file.url,
                    reason: "the tensors '\(other)' and '\(entry.name)' are both for '\(name)'; "
                        + "leave one out of the file, or name another map with names:")
            }
            guard let shape = layout.shape(of: entry.shape) else {
                report.mismatched.append(.init(name: name, shape: slot.shape, foundShape: entry.shape))
                continue
            }
            let assignment = { Assignment(name: name, source: entry.name, layout: layout, adaptation: $0) }
            if shape == slot.shape {
                assignments.append(assignment(nil))
            } else if let adaptation = WeightAdaptation(from: shape, to: slot) {
                assignments.append(assignment(adaptation))
            } else if let classCount, slot.isForOtherClasses(than: shape, classCount: classCount) {
                reinitialized.append(name)
            } else {
                report.mismatched.append(.init(name: name, shape: slot.shape, foundShape: shape))
            }
        }
        report.missing = slots.filter { !$0.isOptional && isInPart($0.name) && takenBy[$0.name] == nil }
            .map { .init(name: $0.name, shape: $0.shape) }
        report.loaded = assignments.map(\.name)
        except(source.except.map(ParameterPattern.init))
        if let wanted = map?.map.batchNormEpsilon, let found = epsilons.first(where: { $0 != wanted }) {
            epsilonMismatch = EpsilonMismatch(wanted: wanted, found: found)
        }
    }

    /// Takes what is allowed not to fit out of the report.
    private mutating func except(_ patterns: [ParameterPattern]) {
        func isExcepted(_ name: String) -> Bool { patterns.contains { $0.matches(name) } }
        let names =
            report.missing.map(\.name) + report.mismatched.map(\.name) + report.unexpected.map(\.name)
        excepted = names.filter(isExcepted)
        report.missing.removeAll { isExcepted($0.name) }
        report.mismatched.removeAll { isExcepted($0.name) }
        report.unexpected.removeAll { isExcepted($0.name) }
    }
}

/// A place for a value in a network.
struct WeightSlot {
    let name: String
    let shape: Shape
    /// Whether files may lack it, as those of PyTorch before 0.4.1 lack the count of batches.
    let isOptional: Bool

    /// The parameters and buffers of a network, in their order.
    static func all(of tree: ModuleTree) -> [WeightSlot] {
        tree.parameters.map { WeightSlot(name: $0.name, shape: $0.parameter.shape, isOptional: false) }
            + tree.buffers.map {
                WeightSlot(
                    name: $0.name, shape: $0.buffer.wrappedValue.shape,
                    isOptional: $0.name.hasSuffix("num_batches_tracked"))
            }
    }

    /// Whether a tensor is of a last layer that tells other classes apart: it differs in the number of classes only.
    func isForOtherClasses(than found: Shape, classCount: Int) -> Bool {
        (name.hasPrefix("head.") || name.hasPrefix("auxiliary_head.")) && shape.rank == found.rank && shape.rank > 0
            && (shape[0] == classCount || shape[0] == 1 && classCount == 2)
            && shape.dimensions.dropFirst() == found.dimensions.dropFirst()
    }
}

/// How weights that do not have the shape of their place are made to fit.
public enum WeightAdaptation: Sendable, Hashable {
    /// The filters of a first convolution, made for another number of image channels than three: summed to one, or
    /// repeated and scaled so that their results stay as large, as timm does.
    case inputChannels(Int)

    /// - Parameter shape: What there is: `[O, 3, KH, KW]`.
    init?(from shape: Shape, to slot: WeightSlot) {
        guard shape.rank == 4, slot.shape.rank == 4, shape[1] == 3, slot.shape[1] != 3, slot.shape[0] == shape[0],
            slot.shape[2] == shape[2], slot.shape[3] == shape[3], slot.name.hasPrefix("backbone.")
        else { return nil }
        self = .inputChannels(slot.shape[1])
    }

    /// The weights for the place.
    /// - Parameter weight: `[O, 3, KH, KW]`
    public func applied(to weight: Tensor) -> Tensor {
        switch self {
        case .inputChannels(let count):
            if count == 1 { return weight.sum(axes: [1], keepsDimensions: true) }
            let copies = [Tensor](repeating: weight, count: (count + 2) / 3)
            let repeated = Tensor.concatenated(copies, axis: 1).slice(axis: 1, range: 0..<count)
            return repeated * (3 / Float(count))
        }
    }
}
