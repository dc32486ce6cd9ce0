import NNLayers

/// An operation of a network as several traces recorded it.
struct TracedStep {
    /// The same in all traces but for settings that depend on the images.
    let operations: [any TensorOperation]
    /// The numbers of the values that it takes; nil for a constant.
    let inputs: [Int?]
    let outputs: [Int]
    let inputShapes: [[TracedLength]]
    let outputShapes: [[TracedLength]]
    let inputTypes: [DataType]
    let outputTypes: [DataType]
    let constants: [Int: Tensor]

    var name: String { operations[0].name }
    var attributes: [[String: OperationAttribute]] { operations.map(\.attributes) }

    /// Joins the records of one step.
    /// - Throws: ``SizeDependence`` where they are not of the same calculation.
    init(_ steps: [Trace.Step]) throws(SizeDependence) {
        let first = steps[0]
        for step in steps.dropFirst() {
            guard step.operation.name == first.operation.name, step.inputs == first.inputs,
                step.outputs == first.outputs,
                zip(
                    step.inputSpecifications + step.outputSpecifications,
                    first.inputSpecifications + first.outputSpecifications
                ).allSatisfy({ $0.shape.rank == $1.shape.rank && $0.dataType == $1.dataType })
            else {
                throw SizeDependence(
                    "the network calculates differently from '\(first.operation.name)' on, where other sizes have "
                        + "'\(step.operation.name)'")
            }
            guard step.constants.allSatisfy({ first.constants[$0]?.holdsTheSame(as: $1) == true }) else {
                throw SizeDependence("a constant of '\(first.operation.name)' changes with the images")
            }
        }
        operations = steps.map(\.operation)
        inputs = first.inputs
        outputs = first.outputs
        constants = first.constants
        inputShapes = Self.shapes(steps.map(\.inputSpecifications))
        outputShapes = Self.shapes(steps.map(\.outputSpecifications))
        inputTypes = first.inputSpecifications.map(\.dataType)
        outputTypes = first.outputSpecifications.map(\.dataType)
    }

    private static func shapes(_ specifications: [[TensorSpecification]]) -> [[TracedLength]] {
        specifications[0].enumerated().map { place, first in
            first.shape.indices.map { axis in TracedLength(specifications.map { $0[place].shape[axis] }) }
        }
    }
}

extension Tensor {
    /// Whether the values are the same; those that share memory are not looked at.
    func holdsTheSame(as other: Tensor) -> Bool {
        guard specification == other.specification else { return false }
        return withUnsafeBytes { bytes in
            other.withUnsafeBytes { bytes.baseAddress == $0.baseAddress || bytes.elementsEqual($0) }
        }
    }
}
