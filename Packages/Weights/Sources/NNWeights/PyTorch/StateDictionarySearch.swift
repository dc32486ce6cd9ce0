/// Finds the state dictionary in the content of a file.
///
/// A checkpoint has it under a known key, beside tensors that do not belong to the network: the first of
/// `state_dict_ema`, `model_ema`, `state_dict`, `model_state_dict`, `model`, `net`; averaged weights come first because
/// they are the ones that get evaluated. Without such a key, a dictionary with tensors is a state dictionary, not
/// counting tensors of one element, such as the best accuracy; or else the only dictionary with tensors in it is.
///
/// Tensors in nested dictionaries and lists are named by their path, joined by dots: `encoder.0.weight`; a single tensor
/// is `0`. The prefixes `module.` of data-parallel and `_orig_mod.` of compiled models are removed if all names have
/// them.
struct StateDictionarySearch {
    private static let knownKeys = ["state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model", "net"]
    private static let prefixes = ["module.", "_orig_mod."]
    /// Limits for values that contain each other or themselves.
    private static let (maximumDepth, maximumTensors, maximumName) = (64, 1 << 18, 1024)

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

    /// - Parameter objects: All objects, which the value refers to.
    /// - Throws: ``PickleError`` if there is no state dictionary or more than one.
    init(_ value: PickleValue, in objects: [PickleObject]) throws(PickleError) {
        self.objects = objects
        allowedSteps = objects.reduce(1 << 16) { sum, object in
            switch object {
            case .tuple(let parts), .list(let parts): sum + 8 * (1 + parts.count)
            case .dictionary(let items): sum + 8 * (1 + items.count)
            case .storage, .tensor, .numPyType: sum + 8
            }
        }
        var value = value
        var depth = 0
        while case .dictionary(let items)? = object(value),
            let chosen = try state(in: items, isWithinKnown: depth > 0)
        {
            depth += 1
            guard depth <= Self.maximumDepth else { throw PickleError("is nested too deeply, or contains itself") }
            for (index, item) in items.enumerated() where index != chosen { noteBeside(item, index) }
            value = items[chosen].value
        }
        try collect(value, path: "", depth: 0)
        if tensors.isEmpty { throw PickleError("contains no tensors" + keys(of: value)) }
        try removePrefixes()
    }

    /// The index of the state dictionary among the items of a checkpoint; nil if they form one themselves.
    private mutating func state(in items: Items, isWithinKnown: Bool) throws(PickleError) -> Int? {
        var nested: [Int] = []
        for (index, item) in items.enumerated() {
            if case .dictionary? = object(item.value), try holdsTensors(item.value) { nested.append(index) }
        }
        for key in Self.knownKeys {
            if let index = nested.first(where: { self.key(items[$0].key, $0) == key }) { return index }
        }
        let isState = items.contains { item in
            if case .tensor(let tensor)? = object(item.value) { tensor.lengths.contains { $0 != 1 } } else { false }
        }
        if nested.isEmpty || isState || isWithinKnown { return nil }
        let direct = nested.filter { hasTensors(items[$0].value) }
        if let only = direct.count == 1 ? direct.first : nested.count == 1 ? nested.first : nil { return only }
        let names = nested.prefix(20).map { "'\(key(items[$0].key, $0).prefix(80))'" }.joined(separator: ", ")
        throw PickleError(
            "contains several dictionaries of tensors: \(names); save the intended one by itself, or under 'state_dict'"
        )
    }

    /// Whether a tensor is among the values of a dictionary.
    private func hasTensors(_ value: PickleValue) -> Bool {
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
            case .dictionary(let items):
                try step(items.count)
                open += items.map(\.value)
            case .storage, .numPyType: break
            }
        }
        return false
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
        case .dictionary(let items):
            for (index, item) in items.enumerated() {
                let name = key(item.key, index)
                if depth == 0, let text = item.value.plainText { metadata[name] = text }
                try collect(item.value, path: try inner(name), depth: depth + 1)
            }
        case .tuple(let parts), .list(let parts):
            for (index, part) in parts.enumerated() {
                try collect(part, path: try inner(String(index)), depth: depth + 1)
            }
        case .storage, .numPyType, nil: break
        }
    }

    private mutating func removePrefixes() throws(PickleError) {
        while let prefix = Self.prefixes.first(where: { prefix in
            tensors.allSatisfy { $0.name.hasPrefix(prefix) && $0.name.utf8.count > prefix.utf8.count }
        }) {
            tensors = tensors.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) }
        }
        var names: Set<String> = []
        for (name, _) in tensors where !names.insert(name).inserted {
            throw PickleError("two tensors are named '\(name)'")
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
        let keys = items.prefix(20).enumerated().map { "'\(key($1.key, $0).prefix(80))'" }
        return "; its keys are " + keys.joined(separator: ", ")
    }

    private mutating func step(_ count: Int = 1) throws(PickleError) {
        allowedSteps -= count
        guard allowedSteps >= 0 else { throw PickleError("its values contain each other too many times") }
    }
}
