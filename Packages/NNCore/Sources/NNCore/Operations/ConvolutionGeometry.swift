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

    public init(strides: Size = 1, dilations: Size = 1, padding: EdgeInsets = 0, groups: Int = 1) {
        self.strides = strides
        self.dilations = dilations
        self.padding = padding
        self.groups = groups
    }

    /// What the operations that use the geometry tell of it.
    var attributes: [String: OperationAttribute] {
        [
            "strides": .size(strides), "dilations": .size(dilations), "padding": .insets(padding),
            "groups": .int(groups),
        ]
    }

    /// The size of the result of a window of `kernel` over an image of `input`; not positive where
    /// the window does not fit.
    public func outputSize(input: Size, kernel: Size) -> Size {
        func length(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int) -> Int {
            let room = input + padding - (dilation * (kernel - 1) + 1)
            return room < 0 ? 0 : room / stride + 1
        }
        return Size(
            height: length(
                input.height, kernel.height, strides.height, dilations.height, padding.top + padding.bottom),
            width: length(input.width, kernel.width, strides.width, dilations.width, padding.left + padding.right))
    }

    /// The size of a transposed convolution's result, the input size of the convolution that it inverts.
    public func transposedOutputSize(input: Size, kernel: Size, outputPadding: Size) -> Size {
        Size(
            height: (input.height - 1) * strides.height + dilations.height * (kernel.height - 1) + 1
                + outputPadding.height - padding.top - padding.bottom,
            width: (input.width - 1) * strides.width + dilations.width * (kernel.width - 1) + 1
                + outputPadding.width - padding.left - padding.right)
    }
}

/// A height and a width; written as one number where both are equal.
public struct Size: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }
    public init(_ length: Int) { self.init(height: length, width: length) }
    public init(integerLiteral value: Int) { self.init(value) }

    /// The number of pixels.
    public var area: Int { height * width }
    public var description: String { "\(height)x\(width)" }
}

/// Lengths at the four edges of an image; written as one number where all are equal.
public struct EdgeInsets: Hashable, Sendable, ExpressibleByIntegerLiteral {
    public var top: Int
    public var bottom: Int
    public var left: Int
    public var right: Int

    public init(top: Int, bottom: Int, left: Int, right: Int) {
        self.top = top
        self.bottom = bottom
        self.left = left
        self.right = right
    }
    public init(_ length: Int) { self.init(top: length, bottom: length, left: length, right: length) }
    public init(integerLiteral value: Int) { self.init(value) }
}

/// How much an image is padded before a window moves over it.
public enum Padding: Hashable, Sendable {
    /// No padding: only windows that lie wholly inside.
    case valid
    /// Such that the output has ceil(input / stride) pixels; the odd pixel goes to the bottom and right.
    case same
    /// These many zeros.
    case explicit(EdgeInsets)

    /// The zeros at each edge for one input size.
    public func insets(input: Size, kernel: Size, strides: Size, dilations: Size) -> EdgeInsets {
        switch self {
        case .valid: return 0
        case .explicit(let insets): return insets
        case .same:
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
