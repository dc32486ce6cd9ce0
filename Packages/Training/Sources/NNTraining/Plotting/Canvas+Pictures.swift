import NNDatasets
import NNLayers

extension Canvas {
    /// Puts an RGB picture that lies within the canvas on it.
    mutating func draw(_ picture: Image, left: Int, top: Int) {
        require(picture.channels == 3, "Canvas: a picture of \(picture.channels) channels")
        for row in 0..<picture.height {
            for column in 0..<picture.width {
                for channel in 0..<3 { image[top + row, left + column, channel] = picture[row, column, channel] }
            }
        }
    }

    /// Fills a rectangle that lies within the canvas.
    mutating func fill(_ size: Size, left: Int, top: Int, color: Color) {
        for row in top..<top + size.height {
            for column in left..<left + size.width {
                for (channel, value) in [color.red, color.green, color.blue].enumerated() {
                    image[row, column, channel] = value
                }
            }
        }
    }
}
