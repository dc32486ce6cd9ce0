import NNLayers

extension ONNXConverter {
    static let rearrangements: [String: ONNXConverter] = [
        "reshape": reshape, "slice": slice, "gather": gather,
        // An index for each element, in the same order of axes.
        "elements": Self { step, graph in
            let (input, indices) = (step.inputs[0], step.inputs[1])
            let order = input.isConstant ? indices.order : input.order
            let names = [graph.name(of: input, in: order), graph.name(of: indices, in: order)]
            let axis = try step.int("axis")
            let position = order.firstIndex(of: axis < 0 ? axis + order.count : axis) ?? 0
            return [step.result(graph.add("GatherElements", names, ["axis": .int(position)]), order: order)]
        },
        // Only what is said of the axes changes.
        "transpose": Self { step, graph in
            let input = step.inputs[0]
            let permutation = try step.ints("permutation").map { $0 < 0 ? $0 + input.rank : $0 }
            return [
                step.result(graph.name(of: input), order: input.order.compactMap { permutation.firstIndex(of: $0) })
            ]
        },
        "concatenate": Self { step, graph in
            let order = graph.broadcast(step.inputs).order
            let names = step.inputs.map { graph.name(of: $0, in: order) }
            let axis = try step.int("axis")
            let index = order.firstIndex(of: axis < 0 ? axis + order.count : axis) ?? 0
            return [step.result(graph.add("Concat", names, ["axis": .int(index)]), order: order)]
        },
        "split": Self { step, graph in
            let input = step.inputs[0]
            let sizes = try graph.lengths(step.lengths("sizes"), for: step.operation)
            let names = graph.add(
                "Split", [graph.name(of: input), sizes], ["axis": .int(input.position(of: try step.int("axis")))],
                outputCount: step.outputShapes.count)
            return names.enumerated().map { step.result($1, order: input.order, output: $0) }
        },
        "pad": elementwise { name, step, graph in
            let order = step.inputs[0].order
            let (before, after) = (try step.ints("before"), try step.ints("after"))
            let pads = graph.integers(order.map { before[$0] } + order.map { after[$0] })
            return graph.add("Pad", [name, pads, graph.number(try step.float("value"))])
        },
        "broadcast": Self { step, graph in
            let input = step.inputs[0]
            let rank = step.shape().count
            let order = input.rank == rank ? input.order : ONNXValue.plainOrder(rank: rank)
            let name = graph.name(of: input, in: input.rank == rank ? order : ONNXValue.plainOrder(rank: input.rank))
            let shape = try graph.lengths(order.map { step.shape()[$0] }, for: step.operation)
            return [step.result(graph.add("Expand", [name, shape]), order: order)]
        },
    ]

    private static let gather = Self { step, graph in
        let (input, indices) = (step.inputs[0], step.inputs[1])
        let stated = try step.int("axis")
        let axis = stated < 0 ? stated + input.rank : stated
        let names = [graph.name(of: input), graph.name(of: indices, in: ONNXValue.plainOrder(rank: indices.rank))]
        let order = input.order.flatMap { index -> [Int] in
            index == axis
                ? Array(axis..<axis + indices.rank) : [index < axis ? index : index + indices.rank - 1]
        }
        return [step.result(graph.add("Gather", names, ["axis": .int(input.position(of: axis))]), order: order)]
    }

    /// Bounds are counted from the start, or from the end where that is what stays the same at every size.
    private static let slice = Self { step, graph in
        let input = step.inputs[0]
        let (lower, upper, steps) = (try step.lengths("lower"), try step.lengths("upper"), try step.ints("steps"))
        var (starts, ends, axes, strides): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
        for axis in 0..<input.rank {
            let length = input.shape[axis]
            let isWhole = lower[axis].fixed == 0 && upper[axis] == length
            if isWhole && steps[axis] == 1 { continue }
            guard let start = lower[axis].fixed ?? (lower[axis] - length).fixed,
                let end = upper[axis] == length ? Int.max : upper[axis].fixed ?? (upper[axis] - length).fixed
            else { throw SizeDependence("the bounds of a slice change with the images") }
            starts.append(start)
            ends.append(end)
            axes.append(input.position(of: axis))
            strides.append(steps[axis])
        }
        guard !axes.isEmpty else { return [input] }
        let names = [starts, ends, axes, strides].map { graph.integers($0) }
        return [step.result(graph.add("Slice", [graph.name(of: input)] + names), order: input.order)]
    }
}
