/// How a convolution's or pooling's window moves over an image: rows first, then columns.
public struct ConvolutionGeometry: Hashable, Sendable {
    /// The distance between neighbouring windows, in pixels.
    public var strides: Size
    /// The distance between neighbouring taps of a window, in pixels; 1 is dense.
    public var dilations: Size
    /// Zeros added at each edge.
    public var padding: EdgeInsets
    /// The input channels are split into this many groups, each with filters of its own.
    public var groups: Int

    /// A geometry of dense windows one pixel apart, without padding and groups unless they are given.
    public init(strides: Size = 1, dilations: Size = 1, padding: EdgeInsets = 0, groups: Int = 1) {
        self.strides = strides
        self.dilations = dilations
        self.padding = padding
        self.groups = groups
    }

    /// The geometry as attributes of the operations that use it.
    var attributes: [String: OperationAttribute] {
        [
            "strides": .size(strides), "dilations": .size(dilations), "padding": .insets(padding),
            "groups": .int(groups),
        ]
    }

    /// Why nothing can be calculated with the geometry and a window of `kernel`, whatever the image; nil where
    /// something can.
    public func problem(kernel: Size) -> String? {
        for (name, size) in [("kernel", kernel), ("strides", strides), ("dilations", dilations)] {
            if !size.isPossible { return "\(name) \(size) must be positive, at most \(Size.lengthLimit)" }
        }
        let edges = [padding.top, padding.bottom, padding.left, padding.right]
        if edges.contains(where: { !(0...Size.lengthLimit).contains($0) }) {
            return "padding \(padding) must be from 0 to \(Size.lengthLimit)"
        }
        return (1...Size.lengthLimit).contains(groups) ? nil : "groups must be 1 or more, not \(groups)"
    }

    /// As ``problem(kernel:)``, for a window that takes the maximum or the mean of what lies under it.
    ///
    /// Padding may be half of what a dilated window spans, as networks with dilation instead of strides need, and not
    /// only half of its kernel as in PyTorch; windows without a pixel are refused where the image is known.
    @_spi(Kernels) public func poolingProblem(kernel: Size) -> String? {
        if let problem = problem(kernel: kernel) { return problem }
        let span = Size(
            height: dilations.height * (kernel.height - 1) + 1, width: dilations.width * (kernel.width - 1) + 1)
        let rows = 0...span.height / 2
        let columns = 0...span.width / 2
        guard rows.contains(padding.top), rows.contains(padding.bottom), columns.contains(padding.left),
            columns.contains(padding.right)
        else { return "padding \(padding) is more than half of the window, \(span)" }
        return nil
    }

    /// As ``problem(kernel:)``, for a transposed convolution.
    @_spi(Kernels) public func transposedProblem(kernel: Size, outputPadding: Size) -> String? {
        if let problem = problem(kernel: kernel) { return problem }
        guard 0..<strides.height ~= outputPadding.height, 0..<strides.width ~= outputPadding.width else {
            return "output padding \(outputPadding) must be smaller than the stride \(strides), and not below 0"
        }
        return nil
    }

    /// The size of the result of a window of `kernel` over an image of `input`; not positive where
    /// the window does not fit, or where there is a ``problem(kernel:)``.
    public func outputSize(input: Size, kernel: Size) -> Size {
        guard problem(kernel: kernel) == nil, input.isPossible else { return 0 }
        func length(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int) -> Int {
            let room = input + padding - (dilation * (kernel - 1) + 1)
            return room < 0 ? 0 : room / stride + 1
        }
        return Size(
            height: length(
                input.height, kernel.height, strides.height, dilations.height, padding.top + padding.bottom),
            width: length(input.width, kernel.width, strides.width, dilations.width, padding.left + padding.right))
    }

    /// The size of a transposed convolution's result, the input size of the convolution that it inverts; not positive
    /// where there is none.
    func transposedOutputSize(input: Size, kernel: Size, outputPadding: Size) -> Size {
        guard transposedProblem(kernel: kernel, outputPadding: outputPadding) == nil, input.isPossible else {
            return 0
        }
        return Size(
            height: (input.height - 1) * strides.height + dilations.height * (kernel.height - 1) + 1
                + outputPadding.height - padding.top - padding.bottom,
            width: (input.width - 1) * strides.width + dilations.width * (kernel.width - 1) + 1
                + outputPadding.width - padding.left - padding.right)
    }
}

/// A height and a width; written as one number where both are equal.
public struct Size: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The number of rows, from 1.
    public var height: Int
    /// The number of columns, from 1.
    public var width: Int

    /// A height and a width in pixels.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }
    /// A square.
    public init(_ length: Int) { self.init(height: length, width: length) }
    public init(integerLiteral value: Int) { self.init(value) }

    /// The longest side of an image or a window: kernels and backends count in 32 bits.
    static let lengthLimit = Int(Int32.max)

    /// Whether an image or a window can have this size.
    var isPossible: Bool {
        (1...Self.lengthLimit).contains(height) && (1...Self.lengthLimit).contains(width)
    }

    /// The number of pixels.
    public var area: Int { height * width }
    public var description: String { "\(height)x\(width)" }
}

/// Lengths at the four edges of an image; written as one number where all are equal.
public struct EdgeInsets: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// Rows above the image.
    public var top: Int
    /// Rows below the image.
    public var bottom: Int
    /// Columns to the left of the image.
    public var left: Int
    /// Columns to the right of the image.
    public var right: Int

    /// Four lengths in pixels.
    public init(top: Int, bottom: Int, left: Int, right: Int) {
        self.top = top
        self.bottom = bottom
        self.left = left
        self.right = right
    }
    /// The same length at all edges.
    public init(_ length: Int) { self.init(top: length, bottom: length, left: length, right: length) }
    public init(integerLiteral value: Int) { self.init(value) }

    public var description: String { "(top \(top), bottom \(bottom), left \(left), right \(right))" }
}

/// How much an image is padded before a window moves over it.
public enum Padding: Hashable, Sendable {
    /// No padding: only windows that lie wholly inside.
    case valid
    /// Such that the output has ceil(input / stride) pixels; the odd pixel goes to the bottom and right.
    case same
    /// Zeros of given lengths at the edges.
    case explicit(EdgeInsets)

    /// The zeros at each edge for one input size.
    public func insets(input: Size, kernel: Size, strides: Size, dilations: Size) -> EdgeInsets {
        switch self {
        case .valid: return 0
        case .explicit(let insets): return insets
        case .same:
            let geometry = ConvolutionGeometry(strides: strides, dilations: dilations)
            guard geometry.problem(kernel: kernel) == nil, input.isPossible else { return 0 }  // refused by the rules
            func total(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
                let output = (input + stride - 1) / stride
                return max((output - 1) * stride + dilation * (kernel - 1) + 1 - input, 0)
            }
            let rows = total(input.height, kernel.height, strides.height, dilations.height)
            let columns = total(input.width, kernel.width, strides.width, dilations.width)
            return EdgeInsets(
                top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
        }
    }
}
