import NNLayers
import Testing

/// What heads are made of: stacks of convolutions, the layers before logits, and the choice of features.
@Suite struct HeadPartsTests {
    private let environment = HeadEnvironment(
        features: [4, 8, 8, 16].enumerated().map { FeatureInfo(channels: 2 + $0.offset, stride: $0.element) },
        classCount: 3)

    @Test func oneConvolutionOfAStackChangesTheChannels() {
        func channels(_ count: Int, _ narrows: NarrowingLayer) -> [[Int]] {
            ModuleTree(ConvolutionStyle().stack(from: 6, to: 2, count: count, narrows: narrows)).parameters
                .filter { $0.name.hasSuffix("conv.weight") }.map { Array($0.parameter.shape.prefix(2)) }
        }
        #expect(channels(3, .first) == [[2, 6], [2, 2], [2, 2]])
        #expect(channels(3, .last) == [[6, 6], [6, 6], [2, 6]])
        #expect(channels(1, .first) == [[2, 6]])
        #expect(channels(1, .last) == [[2, 6]])
        #expect(channels(0, .last).isEmpty)
    }

    @Test func thePixelClassifierHasLogitsAtTheSizeOfTheImages() {
        let classifier = PixelClassifier(inputChannels: 4, classes: 3, dropout: 0.5)
        classifier.initialize(key: RandomKey(seed: 0))
        let map = Tensor.uniform([2, 3, 5, 4], in: 0..<1, key: RandomKey(seed: 1))
        let context = Context.inference()
        #expect(classifier.logits(of: map, context).shape == [2, 3, 5, 3])
        #expect(classifier(map, imageSize: Size(height: 7, width: 9), context).shape == [2, 7, 9, 3])
        #expect(ModuleTree(classifier).parameters.map(\.name) == ["conv_seg.weight", "conv_seg.bias"])
    }

    @Test func featuresAreFoundByTheirStrides() throws {
        #expect(try environment.indexOfCoarsest(for: "mine") == 3)
        #expect(try environment.index(ofStride: nil, for: "mine") == 3)
        #expect(try environment.index(ofStride: 8, for: "mine") == 2)
        #expect(try environment.indices(ofStrides: [16, 4], for: "mine") == [3, 0])
        let error = #expect(throws: OptionError.self) { try environment.indices(ofStrides: [8, 2], for: "mine") }
        #expect(error?.option == "type")
        #expect(
            error?.message
                == "head 'mine' needs features at strides 2, 8; the backbone offers strides 4, 8, 8, 16")
        let none = HeadEnvironment(features: environment.features, classCount: 0)
        for check in [{ try none.indexOfCoarsest(for: "mine") }, { try none.index(ofStride: 4, for: "mine") }] {
            let error = #expect(throws: OptionError.self) { try check() }
            #expect(error?.message == "head 'mine' needs at least one class, not 0")
        }
    }

    @Test func aListHasAnElementForEachStage() throws {
        try NoOptions().check("widths", [1, 2], stageCount: 2)
        let error = #expect(throws: OptionError.self) { try NoOptions().check("widths", [1, 2, 3], stageCount: 2) }
        #expect(error?.option == "widths")
        #expect(
            error?.message
                == "must have an element for each of the backbone's 2 stages, from coarse to fine, not 3")
    }

    @Test func mistakesTrap() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = PixelClassifier(inputChannels: 4, classes: 0)
            }, "PixelClassifier: classes must be 1 or more, not 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = PixelClassifier(inputChannels: 4, classes: 3, dropout: -1)
            }, "PixelClassifier: dropout must be 0 or more and below 1, not -1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ConvolutionStyle().stack(from: 6, to: 2, count: -1)
            }, "ConvolutionStyle.stack: count must be 0 or more, not -1")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                requireOptions("Mine") { throw OptionError("type", "head 'mine' needs a feature") }
            }, "Mine: head 'mine' needs a feature")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                requireOptions("Mine") { throw OptionError("width", "must be positive, not 0") }
            }, "Mine: width must be positive, not 0")
    }
}
