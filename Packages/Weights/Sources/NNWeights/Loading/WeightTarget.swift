import NNLayers

/// What is to be loaded, and what may differ.
struct WeightRequest {
    /// The path of the submodule to load; nil for everything.
    var part: String?
    /// Patterns of names that may differ.
    var except: [String] = []
    /// The number of classes that the network predicts, to recognize a last layer for others.
    var classCount: Int?
    /// The name maps to choose from; nil for the names of the network and all known maps.
    var maps: [NameMap]?
    /// The set of weights of a checkpoint to load; nil for the one that its format prefers.
    var state: String?
    /// Whether the settings of the network may be others than those that the weights were trained with.
    var force = false
}

/// The network that weights are for.
struct WeightTarget {
    /// A way in which the names of a file may become those of the network.
    struct Candidate {
        /// Nil for names as they are.
        let map: NameMap?
        /// What the names begin with of which only the rest is the network's.
        let prefix: String
    }

    let slots: [WeightSlot]
    /// What the network was built with, in the part.
    let settings: NetworkSettings
    private let part: String?
    /// What name maps put before the names of the network: a backbone or a head by itself is part of a whole one.
    private let prefix: String

    init(_ network: some Module, part: String?) {
        let tree = ModuleTree(network)
        self.part = part
        prefix = network is any Backbone ? "backbone." : network is any Head ? "head." : ""
        slots = WeightSlot.all(of: tree, role: prefix)
        settings = NetworkSettings(tree, part: part)
    }

    func isInPart(_ name: String) -> Bool { part.map { name.hasPrefix("\($0).") } ?? true }

    func candidates(_ chosen: [NameMap]?, among maps: [NameMap]) -> [Candidate] {
        if let chosen { return chosen.map { Candidate(map: $0, prefix: prefix) } }
        let own = prefix.isEmpty ? [""] : ["", prefix]
        return own.map { Candidate(map: nil, prefix: $0) } + maps.map { Candidate(map: $0, prefix: prefix) }
    }
}

/// A parameter or buffer to be filled.
struct WeightSlot {
    let name: String
    let shape: Shape
    /// Whether files may lack it, as those of PyTorch before 0.4.1 lack the number of batches.
    let isOptional: Bool
    /// The name in a whole network.
    let fullName: String

    /// The parameters and buffers of a network, in their order.
    static func all(of tree: ModuleTree, role: String) -> [WeightSlot] {
        tree.parameters.map {
            WeightSlot(name: $0.name, shape: $0.parameter.shape, isOptional: false, fullName: role + $0.name)
        }
            + tree.buffers.map {
                WeightSlot(
                    name: $0.name, shape: $0.buffer.wrappedValue.shape,
                    isOptional: $0.name.hasSuffix("num_batches_tracked"), fullName: role + $0.name)
            }
    }

    /// Whether a tensor belongs to a last layer for other classes: only the number of classes differs.
    func isForOtherClasses(than found: Shape, classCount: Int) -> Bool {
        (fullName.hasPrefix("head.") || fullName.hasPrefix("auxiliary_head.")) && shape.rank == found.rank
            && shape.rank > 0 && (shape[0] == classCount || shape[0] == 1 && classCount == 2)
            && shape.dimensions.dropFirst() == found.dimensions.dropFirst()
    }
}

/// How weights of another shape are made to fit.
public enum WeightAdaptation: Sendable, Hashable {
    /// The filters of a first convolution for another number of image channels than three: summed into one, or repeated
    /// and scaled so that their results keep their magnitude, as timm does.
    case inputChannels(Int)

    /// - Parameter shape: The shape in the file, `[O, 3, KH, KW]`.
    init?(from shape: Shape, to slot: WeightSlot) {
        guard shape.rank == 4, slot.shape.rank == 4, shape[1] == 3, slot.shape[1] != 3, slot.shape[0] == shape[0],
            slot.shape[2] == shape[2], slot.shape[3] == shape[3], slot.fullName.hasPrefix("backbone.")
        else { return nil }
        self = .inputChannels(slot.shape[1])
    }

    /// The adapted weight, `[O, C, KH, KW]`.
    /// - Parameter weight: `[O, 3, KH, KW]`
    func applied(to weight: Tensor) -> Tensor {
        switch self {
        case .inputChannels(let count):
            if count == 1 { return weight.sum(axes: [1], keepsDimensions: true) }
            let copies = [Tensor](repeating: weight, count: (count + 2) / 3)
            let repeated = Tensor.concatenated(copies, axis: 1).slice(axis: 1, range: 0..<count)
            return repeated * (3 / Float(count))
        }
    }
}
