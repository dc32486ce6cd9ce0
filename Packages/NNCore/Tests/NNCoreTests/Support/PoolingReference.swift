import NNCore

/// A window over an image, for references in plain loops.
struct WindowCase: Sendable, CustomStringConvertible {
    var size = Size(height: 7, width: 6)
    var channels = 3
    var kernel: Size
    var strides: Size
    var padding: EdgeInsets = 0
    var dilations: Size = 1
    var ceilMode = false

    var description: String {
        "\(size) C\(channels) kernel \(kernel) strides \(strides) padding \(padding.top),\(padding.left) "
            + "dilations \(dilations)\(ceilMode ? " ceil" : "")"
    }

    /// The size of the result, by counting the places at which a window may begin.
    var outputSize: Size {
        func count(_ length: Int, _ before: Int, _ after: Int, _ reach: Int, _ stride: Int) -> Int {
            var count = 0
            var start = -before
            while start + reach <= length + after
                || (ceilMode && start < length && start + reach - stride < length + after)
            {
                count += 1
                start += stride
            }
            return count
        }
        return Size(
            height: count(
                size.height, padding.top, padding.bottom, dilations.height * (kernel.height - 1) + 1, strides.height),
            width: count(
                size.width, padding.left, padding.right, dilations.width * (kernel.width - 1) + 1, strides.width))
    }

    /// The pixels of the image under the window of an output pixel, in reading order.
    func pixels(under y: Int, _ x: Int) -> [(y: Int, x: Int)] {
        var pixels: [(y: Int, x: Int)] = []
        for i in 0..<kernel.height {
            for j in 0..<kernel.width {
                let row = y * strides.height - padding.top + i * dilations.height
                let column = x * strides.width - padding.left + j * dilations.width
                if (0..<size.height).contains(row) && (0..<size.width).contains(column) {
                    pixels.append((y: row, x: column))
                }
            }
        }
        return pixels
    }

    static let common: [WindowCase] = [
        WindowCase(kernel: 2, strides: 2),
        WindowCase(size: Size(height: 8, width: 9), channels: 64, kernel: 2, strides: 2),
        WindowCase(kernel: 2, strides: 2, ceilMode: true),
        WindowCase(kernel: 3, strides: 2, padding: 1),
        WindowCase(size: Size(height: 9, width: 8), channels: 70, kernel: 3, strides: 2, padding: 1),
        WindowCase(kernel: 3, strides: 1, padding: 1),
        WindowCase(kernel: 3, strides: 2, padding: 1, ceilMode: true),
        WindowCase(
            size: Size(height: 2, width: 1), kernel: Size(height: 3, width: 2), strides: 2, ceilMode: true),
        WindowCase(kernel: Size(height: 4, width: 3), strides: Size(height: 1, width: 2)),
        WindowCase(
            channels: 65, kernel: Size(height: 2, width: 5), strides: Size(height: 3, width: 1),
            padding: EdgeInsets(top: 1, bottom: 0, left: 1, right: 2)),
        WindowCase(kernel: 1, strides: 2),
    ]
}
