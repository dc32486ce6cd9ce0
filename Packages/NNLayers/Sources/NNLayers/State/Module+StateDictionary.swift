extension Module {
    /// The parameters and buffers by name.
    public var stateDictionary: StateDictionary { StateDictionary(self) }

    /// Takes values over from a state dictionary; other element types are converted.
    ///
    /// Either all that fit are taken over or, where it throws, none. A missing `num_batches_tracked`,
    /// which files written before PyTorch 0.4.1 lack, is not an error.
    ///
    /// - Parameter strict: Whether every name must be in both and every shape must agree. Otherwise
    ///   what does not fit is left alone, and the report tells of it.
    /// - Throws: ``StateDictionaryMismatch``
    @discardableResult
    public func load(_ state: StateDictionary, strict: Bool = true) throws -> StateDictionaryReport {
        var slots: [Slot] = ModuleTree(self).slots
        var report = StateDictionaryReport()
        let names = Set(slots.map(\.name))
        report.unexpected = state.entries.filter { !names.contains($0.name) }
            .map { .init(name: $0.name, shape: $0.tensor.shape) }
        slots.removeAll { slot in
            guard let tensor = state[slot.name] else {
                if !slot.isOptional { report.missing.append(.init(name: slot.name, shape: slot.specification.shape)) }
                return true
            }
            guard tensor.shape == slot.specification.shape else {
                report.mismatched.append(
                    .init(name: slot.name, shape: slot.specification.shape, foundShape: tensor.shape))
                return true
            }
            return false
        }
        report.loaded = slots.map(\.name)
        if strict && !report.isComplete { throw StateDictionaryMismatch(report: report) }
        for slot in slots { slot.set(state[slot.name]!.cast(to: slot.specification.dataType)) }
        return report
    }
}

/// A place for a value in a network.
private struct Slot {
    let name: String
    let specification: TensorSpecification
    let isOptional: Bool
    let set: (Tensor) -> Void
}

extension ModuleTree {
    fileprivate var slots: [Slot] {
        parameters.map { name, parameter in
            Slot(
                name: name, specification: TensorSpecification(shape: parameter.shape), isOptional: false,
                set: { parameter.value = $0 })
        }
            + buffers.map { name, buffer in
                Slot(
                    name: name, specification: buffer.wrappedValue.specification,
                    isOptional: name.hasSuffix("num_batches_tracked"), set: { buffer.wrappedValue = $0 })
            }
    }
}
