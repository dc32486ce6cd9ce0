import Synchronization

/// A tensor that training changes.
///
/// The wrapped value is a variable: gradients are found by it, unless the parameter is frozen. A
/// parameter that is declared by shape and initializer has no values, and takes no memory, before
/// ``Module/initialize(key:)`` or a state dictionary gives it some; shapes can be traced without.
/// One that a layer may lack is declared without the attribute: `let bias: Parameter?`.
///
/// One thread at a time reads or changes it, so a network may calculate on several threads, and be looked at while it
/// is trained: each parameter then has the values from before a step or from after it. Results that belong together
/// need a network that nobody trains meanwhile.
@propertyWrapper
public final class Parameter: Sendable {
    private struct State {
        var variable: Tensor
        var initializer: (any Initializer)?
        var isTrainable = true
    }

    private let state: Mutex<State>
    /// The name in a state dictionary where it is not the property's.
    public let name: String?
    public let shape: Shape

    public init(wrappedValue: Tensor, _ name: String? = nil) {
        self.name = name
        shape = wrappedValue.shape
        state = Mutex(State(variable: wrappedValue.requiringGradient()))
    }

    /// A parameter whose values come later, drawn by `initializer` or loaded.
    public init(shape: Shape, initializer: any Initializer, _ name: String? = nil) {
        self.name = name
        self.shape = shape
        let placeholder = Tensor(placeholder: TensorSpecification(shape: shape))
        state = Mutex(State(variable: placeholder.requiringGradient(), initializer: initializer))
    }

    private var variable: Tensor { state.withLock { $0.variable } }

    /// What draws the first values; nil for one that was declared with values.
    public var initializer: (any Initializer)? {
        get { state.withLock { $0.initializer } }
        set { state.withLock { $0.initializer = newValue } }
    }

    /// Whether training changes the parameter; false for one that is frozen.
    public var isTrainable: Bool {
        get { state.withLock { $0.isTrainable } }
        set { state.withLock { $0.isTrainable = newValue } }
    }

    /// Whether the parameter has values.
    public var isInitialized: Bool { !variable.isSymbolic }

    /// The value, connected to the calculations that are recorded.
    public var wrappedValue: Tensor {
        get { state.withLock { $0.isTrainable ? $0.variable : $0.variable.detached } }
        set { value = newValue }
    }

    public var projectedValue: Parameter { self }

    /// The plain value. A new one must have the shape of the old.
    public var value: Tensor {
        get { variable.detached }
        set {
            require(newValue.shape == shape, "Parameter: \(newValue.shape) for \(shape)")
            state.withLock { $0.variable.replaceValues(with: newValue) }
        }
    }

    /// Changes the values in place, without a copy, as optimizers do. `body` may not ask for this parameter again.
    public func update(_ body: (inout Tensor) -> Void) { state.withLock { $0.variable.updateValues(body) } }

    /// The gradient by this parameter, taken out so that it can be overwritten; nil where there is none.
    public func takeGradient(from gradients: inout Gradients) -> Tensor? { gradients.take(variable) }

    /// The gradient by this parameter; nil where there is none.
    public func gradient(in gradients: Gradients) -> Tensor? { gradients[variable] }
}

/// A tensor that is saved with a network but not changed by gradients, such as running statistics.
///
/// One thread at a time reads or changes it, as ``Parameter`` says.
@propertyWrapper
public final class Buffer: Sendable {
    private struct State {
        var value: Tensor
        var isTrainable = true
    }

    private let state: Mutex<State>
    public let name: String?

    public init(wrappedValue: Tensor, _ name: String? = nil) {
        self.name = name
        state = Mutex(State(value: wrappedValue.detached))
    }

    public var wrappedValue: Tensor {
        get { state.withLock { $0.value } }
        set { state.withLock { $0.value = newValue } }
    }

    /// Whether training changes the buffer; false for one that is frozen.
    public var isTrainable: Bool {
        get { state.withLock { $0.isTrainable } }
        set { state.withLock { $0.isTrainable = newValue } }
    }

    public var projectedValue: Buffer { self }

    /// Changes the values in place, without a copy. `body` may not ask for this buffer again.
    public func update(_ body: (inout Tensor) -> Void) { state.withLock { body(&$0.value) } }
}

/// A module within a module: one, an optional one, or an array whose members are named `0`, `1`, ...
///
/// Its name in a state dictionary is the property's in snake case, or the one that the attribute states; an empty one
/// adds nothing to the path. An initializer assigns a child like any property. One whose attribute states a name has
/// a place already, so it is assigned after all other properties:
///
/// ```swift
/// @Child var lowLevel: ConvNormActivation         // low_level
/// @Child("psp_modules") var branches: [Sequential]
///
/// init(...) {
///     lowLevel = ...
///     branches = ...
/// }
/// ```
@propertyWrapper
public final class Child<Value> {
    /// The name in a state dictionary where it is not the property's.
    public let name: String?
    /// The names of an array's members where they are not their numbers.
    public let memberNames: [String]?
    private var module: Value?

    /// The module itself.
    public var wrappedValue: Value {
        get {
            guard let module else { trap("@Child \(name ?? ""): read before it is assigned") }
            return module
        }
        set { module = newValue }
    }

    /// A module under the property's name, or under one that is known only now.
    public init(wrappedValue: Value, _ name: String? = nil) {
        self.name = name
        memberNames = nil
        module = wrappedValue
    }

    /// A module that is assigned later.
    public init(_ name: String) {
        self.name = name
        memberNames = nil
    }

    /// An array whose members have names of their own; an empty one adds nothing to the path.
    public init<Member>(wrappedValue: Value, _ name: String? = nil, memberNames: [String])
    where Value == [Member] {
        require(
            memberNames.count == wrappedValue.count,
            "@Child: \(memberNames.count) names for \(wrappedValue.count) members")
        self.name = name
        self.memberNames = memberNames
        module = wrappedValue
    }

    /// The place of the module, which ``ModuleTree`` reads.
    public var projectedValue: Child<Value> { self }
}
