extension Unpickler {
    /// The largest number of dimensions in PyTorch.
    private static let maximumRank = 64

    /// The data that a call stands for.
    mutating func result(ofCalling function: PickleValue, _ arguments: PickleValue) throws(PickleError) -> PickleValue {
        switch (function, object(function)) {
        case (.global(.unknown(let name)), _): return try new(.instance(type: name, state: nil))
        case (.global(let function), _):
            guard let arguments = parts(arguments) else { break }
            return try result(of: function, arguments)
        case (.opaque, _), (_, .instance): return .opaque
        default: break
        }
        throw missing("a function with its arguments")
    }

    /// The data that a call of a known function stands for.
    mutating func result(of function: PickleGlobal, _ arguments: [PickleValue]) throws(PickleError) -> PickleValue {
        switch function {
        case .dictionary: return try new(.dictionary(try pairs(arguments)))
        case .list:
            let parts = arguments.first.flatMap(parts) ?? []
            try allowCopy(byteCount: parts.count)
            return try new(.list(parts))
        case .tuple: return try new(.tuple(arguments.first.flatMap(parts) ?? []))
        case .bytes: return arguments.isEmpty ? .bytes([]) : .opaque
        case .encode: return try encoded(arguments)
        case .numPyType:
            guard case .text(let code)? = arguments.first else { return .opaque }
            return try new(.numPyType(NumPyType(code: code)))
        case .numPyScalar: return numPyScalar(arguments)
        case .numPyArray: return try new(.array(NumPyArray()))
        case .numPyArrayOfBytes:
            guard arguments.count == 4 else { return .opaque }
            return try new(array(arguments[2], arguments[1], order: arguments[3], arguments[0]))
        case .rebuild(let function): return try rebuilt(function, arguments)
        case .tensorType:
            // A wrapped tensor, or one whose state follows.
            if let inner = arguments.first, case .tensor? = object(inner) { return inner }
            return try new(.tensor(PyTorchTensor(unsupported: "empty")))
        case .opaque: return .opaque
        case .unknownTensor(let name): return try new(.tensor(PyTorchTensor(unsupported: name)))
        case .unknown(let name): return try new(.instance(type: name, state: nil))
        case .storageType, .elementType: throw missing("a function instead of a type")
        }
    }

    /// Sets the state of the value on top of the stack.
    mutating func build(_ state: PickleValue) throws(PickleError) {
        let value = try top()
        switch (value, object(value)) {
        case (_, .numPyType(var type)):
            if let state = parts(state), state.count > 1, case .text(">") = state[1] { type.isBigEndian = true }
            replace(value, with: .numPyType(type))
        case (_, .tensor):
            // In the first versions, the state of a tensor was its description, and that of a variable began with its tensor.
            guard let state = parts(state), let first = state.first else { break }
            if state.count == 4, case .storage? = object(first) {
                replace(value, with: .tensor(try described(state)))
            } else if state.count == 5, case .tensor(let inner)? = object(first) {
                replace(value, with: .tensor(inner))
            }
        case (_, .array):
            // The version, the shape, the type, whether it is column-major, and the elements.
            guard let state = parts(state), state.count == 5 else { break }
            replace(value, with: array(state[1], state[2], order: state[3], state[4]))
        case (_, .instance(let type, _)): replace(value, with: .instance(type: type, state: state))
        // Attributes of a collection, such as the `_metadata` of a state dictionary.
        case (_, .dictionary), (_, .list), (.opaque, _), (.global, _): break
        default: throw missing("a value with a state")
        }
    }

    /// The storage of a persistent identifier:
    /// `('storage', type, key, device, element count[, (key of the view, offset, element count)])`.
    ///
    /// The identifier of a module's class, in whole models of the first versions, is `('module', type, file, source)`.
    mutating func storage(_ identifier: PickleValue) throws(PickleError) -> PickleValue {
        if let fields = parts(identifier), fields.count > 1, case .text("module") = fields[0] { return fields[1] }
        guard let fields = parts(identifier), fields.count >= 5, case .text("storage") = fields[0],
            case .global(.storageType(let type)) = fields[1], case .text(let key) = fields[2],
            let count = fields[4].int, count >= 0
        else { throw missing("the description of a storage") }
        var storage = PyTorchStorage(key: key, elementType: type, offset: 0, count: count)
        if storages[key] == nil { storages[key] = storage }
        if fields.count > 5, let view = parts(fields[5]) {
            guard view.count == 3, let offset = view[1].int, let count = view[2].int, offset >= 0, count >= 0 else {
                throw missing("the description of a part of a storage")
            }
            (storage.offset, storage.count) = (offset, count)
        }
        return try new(.storage(storage))
    }

    private mutating func rebuilt(
        _ function: PickleGlobal.TensorFunction, _ arguments: [PickleValue]
    ) throws(PickleError) -> PickleValue {
        func argument(_ index: Int) throws(PickleError) -> PickleValue {
            guard index < arguments.count else { throw missing("an argument of \(function.rawValue)") }
            return arguments[index]
        }
        switch function {
        case .parameter, .parameterWithState:
            let data = try argument(0)
            guard case .tensor? = object(data) else { throw missing("the tensor of a parameter") }
            return data
        case .fromType:
            guard case .global(.rebuild(let inner)) = try argument(0), inner != .fromType,
                let arguments = parts(try argument(2))
            else { throw missing("the function of a tensor") }
            return try rebuilt(inner, arguments)
        case .sparse, .compressed, .nested, .meta:
            var tensor = PyTorchTensor(unsupported: function == .compressed ? "sparse" : "\(function)")
            if function == .sparse, let data = parts(try argument(1)), data.count > 2 {
                tensor.lengths = lengths(data[2]) ?? []
            }
            return try new(.tensor(tensor))
        case .tensor, .tensor2, .tensor3, .quantized:
            _ = try argument(3)
            var tensor = try described(Array(arguments[..<4]))
            if function == .tensor3 {
                guard case .global(.elementType(let type)) = try argument(6) else { throw missing("a type") }
                tensor.elementType = type
            }
            if function == .quantized { tensor.unsupported = "quantized \(tensor.typeName)" }
            // Marks of a tensor whose stored numbers are the conjugates or negatives of its values.
            let marks = function == .tensor3 ? 7 : 6
            if function != .quantized, arguments.count > marks, case .dictionary(let items)? = object(arguments[marks]),
                !items.isEmpty
            {
                tensor.unsupported = "\(tensor.typeName) with marks"
            }
            return try new(.tensor(tensor))
        }
    }

    /// A tensor by its storage, offset, lengths and strides.
    private func described(_ fields: [PickleValue]) throws(PickleError) -> PyTorchTensor {
        guard case .storage(let storage)? = object(fields[0]), let offset = fields[1].int, offset >= 0,
            let lengths = self.lengths(fields[2]), let strides = self.lengths(fields[3]),
            lengths.count == strides.count
        else { throw missing("the description of a tensor") }
        return PyTorchTensor(
            storage: storage, elementType: storage.elementType, offset: offset, lengths: lengths, strides: strides)
    }

    /// A list of non-negative integers.
    private func lengths(_ value: PickleValue) -> [Int]? {
        guard let parts = parts(value), parts.count <= Self.maximumRank else { return nil }
        let numbers = parts.compactMap(\.int)
        return numbers.count == parts.count && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
    }

    /// The items that a dictionary is made from: none, another one, or pairs.
    private mutating func pairs(
        _ arguments: [PickleValue]
    ) throws(PickleError) -> [(key: PickleValue, value: PickleValue)] {
        guard let items = arguments.first else { return [] }
        if case .dictionary(let items)? = object(items) {
            try allowCopy(byteCount: items.count)
            return items
        }
        guard let items = parts(items) else { return [] }
        try allowCopy(byteCount: items.count)
        var pairs: [(key: PickleValue, value: PickleValue)] = []
        for item in items {
            guard let pair = parts(item), pair.count == 2 else { throw missing("a pair of key and value") }
            pairs.append((pair[0], pair[1]))
        }
        return pairs
    }

    /// Bytes that are written as the characters of a text.
    private mutating func encoded(_ arguments: [PickleValue]) throws(PickleError) -> PickleValue {
        guard case .text(let text)? = arguments.first else { throw missing("the text of bytes") }
        try allowCopy(byteCount: text.utf8.count)
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        guard bytes.count == text.unicodeScalars.count else { throw missing("text of bytes only") }
        return .bytes(bytes)
    }

    /// An array; an empty one without a type where its elements are objects.
    private func array(
        _ shape: PickleValue, _ type: PickleValue, order: PickleValue, _ elements: PickleValue
    ) -> PickleObject {
        guard let lengths = lengths(shape), case .numPyType(let type)? = object(type), case .bytes(let bytes) = elements
        else { return .array(NumPyArray()) }
        let isColumnMajor =
            switch order {
            case .boolean(let value): value
            case .integer(let value): value != 0
            case .text(let value): value == "F"
            default: false
            }
        return .array(NumPyArray(lengths: lengths, type: type, isColumnMajor: isColumnMajor, bytes: bytes))
    }

    private func numPyScalar(_ arguments: [PickleValue]) -> PickleValue {
        guard arguments.count == 2, case .numPyType(let type)? = object(arguments[0]) else { return .opaque }
        return switch arguments[1] {
        case .bytes(let bytes): type.value(bytes) ?? .opaque
        case .text(let text): type.value(Array(text.utf8)) ?? .opaque
        default: .opaque
        }
    }
}
