import NNCore
import Testing

@testable import NNDatasets

@Suite struct ImageHistogramTests {
    @Test func valuesOfOneChannelAreCounted() {
        let image = Image(size: Size(height: 1, width: 3), channels: 3, pixels: [0, 1, 2, 0, 255, 2, 7, 1, 2])
        #expect(image.histogram(channel: 0)[0] == 2 && image.histogram(channel: 0)[7] == 1)
        #expect(image.histogram(channel: 1)[1] == 2 && image.histogram(channel: 1)[255] == 1)
        #expect(image.histogram(channel: 2)[2] == 3 && image.histogram(channel: 2).reduce(0, +) == 3)
    }

    @Test func ignoredLabelsDoNotCount() {
        let mask = Image(size: Size(height: 1, width: 4), channels: 1, pixels: [3, 255, 3, 0])
        #expect(mask.labelCounts(ignoring: 255) == [0: 1, 3: 2])
        #expect(mask.labelCounts(ignoring: nil) == [0: 1, 3: 2, 255: 1])
    }
}
