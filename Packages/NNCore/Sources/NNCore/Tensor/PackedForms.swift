/// The forms that backends made of one tensor's values, kept until the values change.
///
/// A convolution kernel wants its weights in an order of its own; making that order again in every
/// inference would cost more than a small convolution itself. For backends: `@_spi(Kernels) import NNCore`.
@_spi(Kernels) public final class PackedForms: Sendable {
    private let forms = Locked<[FormKey: any Sendable]>([:])

    /// The form kept under `key`, made now if it is not there.
    /// - Parameter isCurrent: Whether a kept form still holds, where it depends on more than these values.
    public func form<Key: Hashable & Sendable, Form: Sendable>(
        for key: Key, isCurrent: (Form) -> Bool = { _ in true }, make: () -> Form
    ) -> Form {
        let wrapped = FormKey(key)
        if let found = forms.withLock({ $0[wrapped] }) as? Form, isCurrent(found) { return found }
        let made = make()
        forms.withLock { $0[wrapped] = made }
        return made
    }

    var isEmpty: Bool { forms.withLock(\.isEmpty) }

    func removeAll() { forms.withLock { if !$0.isEmpty { $0.removeAll() } } }
}

private struct FormKey: Hashable, @unchecked Sendable {
    // Sendable: the wrapped key is, by the constraint on `init`.
    private let value: AnyHashable
    init(_ value: some Hashable & Sendable) { self.value = AnyHashable(value) }
}
