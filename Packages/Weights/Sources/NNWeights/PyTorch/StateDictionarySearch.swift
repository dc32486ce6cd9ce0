/// Finds the state dictionary in the content of a file.
///
/// A checkpoint has it under a known key, beside tensors that do not belong to the network: the first of
/// `state_dict_ema`, `model_ema`, `state_dict`, `model_state_dict`, `model`, `net`, `ema_state_dict`, `ema_model`, `ema`,
/// `params_ema`, `params`. Without such a key, a dictionary with tensors is a state dictionary, not counting tensors of
/// one element, such as the best accuracy; or else the only dictionary with tensors in it is, apart from an optimizer's.
/// A key, or the keys on the way joined by dots, chooses another one.
///
/// A pickled `nn.Module` is the state dictionary that its `state_dict()` would be: its `_parameters`, `_buffers` and
/// `_modules`. Other objects of unknown types are left unread.
///
/// Tensors in nested dictionaries and lists are named by their path, joined by dots: `encoder.0.weight`; a single tensor
/// is `0`.
struct StateDictionarySearch {
    private static let knownKeys = [
        "state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model", "net", "ema_state_dict", "ema_model",
        "ema", "params_ema", "params",
    ]
    /// Limits for values that contain each other or themselves.
    private static let (maximumDepth, maximumTensors, maximumName, maximumSkipped) = (64, 1 << 18, 1024, 50)

    private typealias Items = [(key: PickleValue, value: PickleValue)]

    private let objects: [PickleObject]
    /// The number of values that may still be visited: each of them a few times, but not wherever it is repeated.
    private var allowedSteps: Int
    /// The tensors of the state dictionary, in its order.
    private(set) var tensors: [(name: String, tensor: PyTorchTensor)] = []
    /// Tensors of one element beside it.
    private(set) var besides: [(name: String, tensor: PyTorchTensor)] = []
    /// Plain values beside and in it.
    private(set) var metadata: [String: String] = [:]
    /// The state dictionaries of the file, and what was skipped.
    private(set) var checkpoint = CheckpointContents()

    /// - Parameters:
    ///   - objects: All objects, which the value refers to.
    ///   - state: The key of the state dictionary, or the keys on the way joined by dots; nil for the first by the rules.
    /// - Throws: ``PickleError`` if there is no state dictionary or more than one.
    init(_ value: PickleValue, in objects: [PickleObject], state: String? = nil) throws(PickleError) {
        self.objects = objects
        allowedSteps = objects.reduce(1 << 16) { sum, object in
            switch object {
            case .tuple(let parts), .list(let parts): sum + 8 * (1 + parts.count)
            case .dictionary(let items): sum + 8 * (1 + items.count)
            case .storage, .tensor, .numPyType, .array, .instance: sum + 8
            }
        }
        try noteSkipped()
        var value = value
        var path: [String] = []
        var wanted = state
        while case .dictionary(let items)? = object(value),
            let chosen = try self.state(in: items, path: path, wanted: &wanted)
        {
            let key = key(items[chosen].key, chosen)
            path.append(key)
            guard path.count <= Self.maximumDepth else {
                throw PickleError("is nested too deeply, or contains itself")
            }
            for (index, item) in items.enumerated() where index != chosen { noteBeside(item, index) }
            value = items[chosen].value
        }
        if let wanted {
            throw PickleError(
                checkpoint.states.isEmpty
                    ? "has one set of weights only, so no state '\(wanted.prefix(80))' can be chosen"
                    : "has no state '\(wanted.prefix(80))'; it has \(Self.list(checkpoint.states))")
        }
        checkpoint.state = path.isEmpty ? nil : path.joined(separator: ".")
        if case .instance(let type, _)? = object(value) { checkpoint.object = type }
        try collect(value, path: "", depth: 0)
        if tensors.isEmpty {
            let skipped = checkpoint.skipped
            throw PickleError(
                "contains no tensors" + keys(of: value)
                    + (skipped.isEmpty
                        ? "" : "; skipped unread are objects of \(Self.list(skipped)). ")
                    + (skipped.isEmpty
                        ? "" : "Save only the weights in PyTorch: torch.save(model.state_dict(), path)"))
        }
        var names: Set<String> = []
        for (name, _) in tensors where !names.insert(name).inserted {
            throw PickleError("two tensors are named '\(name)'")
        }
    }

    /// The index of the state dictionary among the items of a checkpoint; nil if they form one themselves.
    /// - Parameter wanted: The key to choose; becomes nil when it is found.
    private mutating func state(
        in items: Items, path: [String], wanted: inout String?
    ) throws(PickleError) -> Int? {
        var nested: [Int] = []
        for (index, item) in items.enumerated() {
            if try self.items(of: item.value) != nil, try holdsTensors(item.value) { nested.append(index) }
        }
        let keys = nested.map { key(items[$0].key, $0) }
        // Averages of gradients look like weights.
        let weights = zip(nested, keys).filter { !$0.1.lowercased().hasPrefix("optim") }.map(\.0)
        func noteStates() {
            let states = weights.prefix(100).map { (path + [key(items[$0].key, $0)]).joined(separator: ".") }
            checkpoint.states = checkpoint.states.filter { $0 != path.joined(separator: ".") } + states
        }
        if let name = wanted, let index = zip(nested, keys).first(where: { $0.1 == name })?.0 {
            wanted = nil
            noteStates()
            return index
        }
        if let name = wanted, let (index, key) = zip(nested, keys).first(where: { name.hasPrefix($0.1 + ".") }) {
            wanted = String(name.dropFirst(key.count + 1))
            noteStates()
            return index
        }
        for known in Self.knownKeys {
            if let index = zip(nested, keys).first(where: { $0.1 == known })?.0 {
                noteStates()
                return index
            }
        }
        let isState = items.contains { item in
            if case .tensor(let tensor)? = object(item.value) { tensor.lengths.contains { $0 != 1 } } else { false }
        }
        if nested.isEmpty || isState || !path.isEmpty { return nil }
        noteStates()
        var direct: [Int] = []
        for index in weights where try hasTensors(items[index].value) { direct.append(index) }
        let single = weights.isEmpty ? nested : weights
        if let only = direct.count == 1 ? direct.first : single.count == 1 ? single.first : nil { return only }
        if let wanted {
            throw PickleError("has no state '\(wanted.prefix(80))'; it has \(Self.list(checkpoint.states))")
        }
        throw PickleError(
            "contains several dictionaries of tensors: \(Self.list(keys)); choose one with state: in model.weights or "
                + "--state of nn weights, or save it by itself")
    }

    /// Whether a tensor is among the values of a dictionary or module.
    private mutating func hasTensors(_ value: PickleValue) throws(PickleError) -> Bool {
        if case .instance? = object(value) { return try items(of: value) != nil }
        guard case .dictionary(let items)? = object(value) else { return false }
        return items.contains { if case .tensor? = object($0.value) { true } else { false } }
    }

    /// Whether a tensor is anywhere in a value.
    private mutating func holdsTensors(_ value: PickleValue) throws(PickleError) -> Bool {
        var seen: Set<Int> = []
        var open = [value]
        while let next = open.popLast() {
            guard case .object(let index) = next, seen.insert(index).inserted else { continue }
            switch objects[index] {
            case .tensor: return true
            case .tuple(let parts), .list(let parts):
                try step(parts.count)
                open += parts
            case .dictionary, .instance:
                guard let items = try items(of: next) else { continue }
                try step(items.count)
                open += items.map(\.value)
            case .storage, .numPyType, .array: break
            }
        }
        return false
    }

    /// The items of a dictionary, or what the state dictionary of a pickled module has; nil for other values.
    private mutating func items(of value: PickleValue) throws(PickleError) -> Items? {
        switch object(value) {
        case .dictionary(let items): return items
        case .instance(_, let state?):
            guard case .dictionary(let attributes)? = object(state) else { return nil }
            try step(attributes.count)
            var members: [String: PickleValue] = [:]
            for case (.text(let name), let value) in attributes where name.hasPrefix("_") { members[name] = value }
            func items(_ name: String) -> Items? {
                guard case .dictionary(let items)? = members[name].flatMap(object) else { return nil }
                return items
            }
            guard let parameters = items("_parameters"), let modules = items("_modules") else { return nil }
            var transient: Set<String> = []
            if case .list(let names)? = members["_non_persistent_buffers_set"].flatMap(object) {
                transient = Set(names.compactMap(\.plainText))
            }
            let buffers = (items("_buffers") ?? []).filter { $0.key.plainText.map { !transient.contains($0) } ?? true }
            try step(parameters.count + modules.count + buffers.count + transient.count)
            return parameters + buffers + modules
        default: return nil
        }
    }

    private mutating func noteSkipped() throws(PickleError) {
        var names: Set<String> = []
        for (index, object) in objects.enumerated() {
            guard case .instance(let type, _) = object, try items(of: .object(index)) == nil else { continue }
            if names.count < Self.maximumSkipped, names.insert(type).inserted { checkpoint.skipped.append(type) }
        }
    }

    private mutating func noteBeside(_ item: (key: PickleValue, value: PickleValue), _ index: Int) {
        let name = key(item.key, index)
        if let text = item.value.plainText { metadata[name] = text }
        if case .tensor(let tensor)? = object(item.value), tensor.lengths.allSatisfy({ $0 == 1 }) {
            besides.append((name, tensor))
        }
    }

    private mutating func collect(_ value: PickleValue, path: String, depth: Int) throws(PickleError) {
        try step()
        guard depth <= Self.maximumDepth else { throw PickleError("'\(path.prefix(80))...' is nested too deeply") }
        func inner(_ key: String) throws(PickleError) -> String {
            guard path.utf8.count + key.utf8.count < Self.maximumName else {
                throw PickleError("the name '\(key.prefix(80))...' is too long for a weight")
            }
            return path.isEmpty ? key : "\(path).\(key)"
        }
        switch object(value) {
        case .tensor(let tensor):
            guard tensors.count < Self.maximumTensors else {
                throw PickleError("contains more tensors than any network")
            }
            tensors.append((path.isEmpty && depth == 0 ? "0" : path, tensor))
        case .dictionary, .instance:
            guard let items = try items(of: value) else { return }
            for (index, item) in items.enumerated() {
                let name = key(item.key, index)
                if depth == 0, let text = item.value.plainText { metadata[name] = text }
                try collect(item.value, path: try inner(name), depth: depth + 1)
            }
        case .tuple(let parts), .list(let parts):
            for (index, part) in parts.enumerated() {
                try collect(part, path: try inner(String(index)), depth: depth + 1)
            }
        case .storage, .numPyType, .array, nil: break
        }
    }

    private func object(_ value: PickleValue) -> PickleObject? {
        if case .object(let index) = value { objects[index] } else { nil }
    }

    /// The key of an item as text; its index for other keys.
    private func key(_ key: PickleValue, _ index: Int) -> String { key.plainText ?? String(index) }

    /// The keys that are there instead of tensors.
    private func keys(of value: PickleValue) -> String {
        guard case .dictionary(let items)? = object(value), !items.isEmpty else { return "" }
        return "; its keys are " + Self.list(items.prefix(20).enumerated().map { key($1.key, $0) })
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(20).map { "'\($0.prefix(80))'" }.joined(separator: ", ")
    }

    private mutating func step(_ count: Int = 1) throws(PickleError) {
        allowedSteps -= count
        guard allowedSteps >= 0 else { throw PickleError("its values contain each other too many times") }
    }
}
