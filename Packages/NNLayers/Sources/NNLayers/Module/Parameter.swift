/// A tensor that training changes.
///
/// The wrapped value is a variable: gradients are found by it, unless the parameter is frozen. A
/// parameter that is declared by shape and initializer has no values, and takes no memory, before
/// ``Module/initialize(key:)`` or a state dictionary gives it some; shapes can be traced without.
/// One that a layer may lack is declared without the attribute: `let bias: Parameter?`.
@propertyWrapper
public final class Parameter: @unchecked Sendable {
    // Sendable: written by the one thread that trains.
    /// The name in a state dictionary where it is not the property's.
    public let name: String?
    /// What draws the first values; nil for one that was declared with values.
    public var initializer: (any Initializer)?
    private var variable: Tensor

    /// Whether training changes the parameter; false for one that is frozen.
    public var isTrainable = true

    public init(wrappedValue: Tensor, _ name: String? = nil) {
        self.name = name
        initializer = nil
        variable = wrappedValue.requiringGradient()
    }

    /// A parameter whose values come later, drawn by `initializer` or loaded.
    public init(shape: Shape, initializer: any Initializer, _ name: String? = nil) {
        self.name = name
        self.initializer = initializer
        variable = Tensor(placeholder: TensorSpecification(shape: shape)).requiringGradient()
    }

    /// Whether the parameter has values.
    public var isInitialized: Bool { !variable.isSymbolic }

    /// The value, connected to the calculations that are recorded.
    public var wrappedValue: Tensor {
        get { isTrainable ? variable : variable.detached }
        set { value = newValue }
    }

    public var projectedValue: Parameter { self }

    /// The plain value. A new one must have the shape of the old.
    public var value: Tensor {
        get { variable.detached }
        set {
            require(newValue.shape == variable.shape, "Parameter: \(newValue.shape) for \(variable.shape)")
            variable.replaceValues(with: newValue)
        }
    }

    public var shape: Shape { variable.shape }

    /// Changes the values in place, without a copy, as optimizers do.
    public func update(_ body: (inout Tensor) -> Void) { variable.updateValues(body) }

    /// The gradient by this parameter, taken out so that it can be overwritten; nil where there is none.
    public func takeGradient(from gradients: inout Gradients) -> Tensor? { gradients.take(variable) }

    /// The gradient by this parameter; nil where there is none.
    public func gradient(in gradients: Gradients) -> Tensor? { gradients[variable] }
}

/// A tensor that is saved with a network but not changed by gradients, such as running statistics.
@propertyWrapper
public final class Buffer: @unchecked Sendable {
    // Sendable: written by the one thread that trains.
    public let name: String?
    public var wrappedValue: Tensor

    /// Whether training changes the buffer; false for one that is frozen.
    public var isTrainable = true

    public init(wrappedValue: Tensor, _ name: String? = nil) {
        self.name = name
        self.wrappedValue = wrappedValue.detached
    }

    public var projectedValue: Buffer { self }
}

/// A module within a module: one, an optional one, or an array whose members are named `0`, `1`, ...
@propertyWrapper
public final class Child<Value> {
    public let name: String?
    /// The names of an array's members where they are not their numbers.
    public let memberNames: [String]?
    public var wrappedValue: Value

    public init(wrappedValue: Value, _ name: String? = nil) {
        self.name = name
        memberNames = nil
        self.wrappedValue = wrappedValue
    }

    /// An array whose members have names of their own; an empty one adds nothing to the path.
    public init<Member>(wrappedValue: Value, _ name: String? = nil, memberNames: [String])
    where Value == [Member] {
        require(
            memberNames.count == wrappedValue.count,
            "@Child: \(memberNames.count) names for \(wrappedValue.count) members")
        self.name = name
        self.memberNames = memberNames
        self.wrappedValue = wrappedValue
    }

    public var projectedValue: Child<Value> { self }
}
