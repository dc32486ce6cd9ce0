import Synchronization
@_spi(Kernels) import NNCore

/// A trainable tensor, like `torch.nn.Parameter`.
///
/// The wrapped value is tracked for gradients, unless the parameter is frozen. A parameter that is declared by shape and
/// initializer has no values and takes no memory before ``Module/initialize(key:keepsValues:)`` or a state dictionary
/// supplies them; shapes can be traced without. An optional parameter is declared without the attribute:
/// `let bias: Parameter?`.
///
/// Access is serialized, so a network may run on several threads, and may be read while it is trained: every parameter
/// then has its values from before or after a step. Consistent results across parameters need a network that is not
/// being trained at the same time.
@propertyWrapper
public final class Parameter: Sendable {
    private struct State {
        var variable: Tensor
        var initializer: (any Initializer)?
        var isTrainable = true
    }

    private let state: Mutex<State>
    /// The name in a state dictionary where it differs from the property's.
    let name: String?
    /// The shape, known before there are values.
    public let shape: Shape

    /// Creates a parameter with values.
    /// - Parameters:
    ///   - wrappedValue: The values.
    ///   - name: The name in a state dictionary; by default the property's in snake case.
    public init(wrappedValue: Tensor, _ name: String? = nil) {
        self.name = name
        shape = wrappedValue.shape
        state = Mutex(State(variable: wrappedValue.requiringGradient()))
    }

    /// Creates a parameter that receives its values later, from `initializer` or a file.
    /// - Parameters:
    ///   - shape: The shape of the values.
    ///   - initializer: Draws the initial values.
    ///   - name: The name in a state dictionary; by default the property's in snake case.
    public init(shape: Shape, initializer: any Initializer, _ name: String? = nil) {
        self.name = name
        self.shape = shape
        let placeholder = Tensor(placeholder: TensorSpecification(shape: shape))
        state = Mutex(State(variable: placeholder.requiringGradient(), initializer: initializer))
    }

    private var variable: Tensor { state.withLock { $0.variable } }

    /// Draws the initial values; nil for a parameter that was declared with values.
    public var initializer: (any Initializer)? {
        get { state.withLock { $0.initializer } }
        set { state.withLock { $0.initializer = newValue } }
    }

    /// Whether training changes the parameter; false for a frozen one.
    public var isTrainable: Bool {
        get { state.withLock { $0.isTrainable } }
        set { state.withLock { $0.isTrainable = newValue } }
    }

    /// Whether the parameter has values.
    public var isInitialized: Bool { !variable.isSymbolic }

    /// The value as part of the recorded calculation: gradients flow to it, unless the parameter is frozen.
    public var wrappedValue: Tensor {
        get { state.withLock { $0.isTrainable ? $0.variable : $0.variable.detached } }
        set { value = newValue }
    }

    /// The parameter itself: `$weight`.
    public var projectedValue: Parameter { self }

    /// The value, detached from the recorded calculation. A new value must have the same shape.
    public var value: Tensor {
        get { variable.detached }
        set {
            require(newValue.shape == shape, "Parameter: a value of shape \(newValue.shape) for a shape of \(shape)")
            state.withLock { $0.variable.replaceValues(with: newValue) }
        }
    }

    /// Whether the values are those of a tensor that was read before and is still kept.
    func holds(_ tensor: Tensor) -> Bool { state.withLock { $0.variable.sharesMemory(with: tensor) } }

    /// Changes the values in place, without a copy, as optimizers do. `body` must not access this parameter again.
    public func update(_ body: (inout Tensor) -> Void) { state.withLock { $0.variable.updateValues(body) } }

    /// Removes and returns the gradient of this parameter, so that it can be modified in place; nil if there is none.
    public func takeGradient(from gradients: inout Gradients) -> Tensor? { gradients.take(variable) }

    /// Returns the gradient of this parameter; nil if there is none.
    public func gradient(in gradients: Gradients) -> Tensor? { gradients[variable] }
}

/// A tensor that is part of the state dictionary but has no gradient, such as running statistics.
///
/// Access is serialized, as for ``Parameter``.
@propertyWrapper
public final class Buffer: Sendable {
    private struct State {
        var value: Tensor
        var isTrainable = true
    }

    private let state: Mutex<State>
    /// The name in a state dictionary where it differs from the property's.
    let name: String?

    /// Creates a buffer.
    /// - Parameters:
    ///   - wrappedValue: The values.
    ///   - name: The name in a state dictionary; by default the property's in snake case.
    public init(wrappedValue: Tensor, _ name: String? = nil) {
        self.name = name
        state = Mutex(State(value: wrappedValue.detached))
    }

    /// The value.
    public var wrappedValue: Tensor {
        get { state.withLock { $0.value } }
        set { state.withLock { $0.value = newValue } }
    }

    /// Whether training changes the buffer; false for a frozen one.
    public var isTrainable: Bool {
        get { state.withLock { $0.isTrainable } }
        set { state.withLock { $0.isTrainable = newValue } }
    }

    /// Whether the values are those of a tensor that was read before and is still kept.
    func holds(_ tensor: Tensor) -> Bool { state.withLock { $0.value.sharesMemory(with: tensor) } }

    /// The buffer itself: `$runningMean`.
    public var projectedValue: Buffer { self }

    /// Changes the values in place, without a copy. `body` must not access this buffer again.
    public func update(_ body: (inout Tensor) -> Void) { state.withLock { body(&$0.value) } }
}

/// A module within a module: one, an optional one, or an array whose elements are named `0`, `1`, ...
///
/// Its name in a state dictionary is the property's in snake case, or the one that the attribute gives; an empty name
/// adds nothing to the path. Initializers assign a child like any property. The wrapper of a child
/// whose attribute gives a name is initialized at its declaration, so the initializer assigns it after all other
/// properties:
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
    /// The name in a state dictionary where it differs from the property's.
    let name: String?
    /// The names of an array's elements where they differ from their indices.
    let memberNames: [String]?
    private var module: Value?

    /// The module itself.
    public var wrappedValue: Value {
        get {
            guard let module else { trap("@Child \(name ?? ""): read before it was assigned") }
            return module
        }
        set { module = newValue }
    }

    /// Creates a child with the property's name, or with one that is only known at run time.
    public init(wrappedValue: Value, _ name: String? = nil) {
        self.name = name
        memberNames = nil
        module = wrappedValue
    }

    /// Creates a named child that is assigned later.
    public init(_ name: String) {
        self.name = name
        memberNames = nil
    }

    /// Creates an array of children with names of their own; an empty name adds nothing to the path.
    public init<Member>(wrappedValue: Value, _ name: String? = nil, memberNames: [String])
    where Value == [Member] {
        require(
            memberNames.count == wrappedValue.count,
            "@Child: \(memberNames.count) names for \(wrappedValue.count) members")
        self.name = name
        self.memberNames = memberNames
        module = wrappedValue
    }
}
