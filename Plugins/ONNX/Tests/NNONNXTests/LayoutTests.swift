import NNLayers
import Testing

@testable import NNONNX

/// Where axes are put into another order, and where lengths come from.
@Suite struct LayoutTests {
    private func types(_ function: @escaping (Tensor) -> Tensor) throws -> [String] {
        let exported = try Exported(network(function))
        #expect(exported.problems == [])
        return exported.types
    }

    @Test func transpositionsThatCancelAreNotWritten() throws {
        #expect(try types { $0.transposed([0, 3, 1, 2]).activated(by: .relu).transposed([0, 2, 3, 1]) } == ["Relu"])
        #expect(try types { ($0.transposed([0, 3, 1, 2]) + 1).transposed([0, 2, 3, 1]) } == ["Add"])
    }

    @Test func flatteningKeepsTheOrderOfTheNetwork() throws {
        let flat = try types { $0.reshaped([$0.shape[0], -1, 3]).sum(axes: [1]) }
        #expect(flat == ["Transpose", "Reshape", "ReduceSum"])
    }

    /// A transposition of the network is a name for other axes, not a node: what is read in the order of the network
    /// must not be taken for what is read in that of its transposed form.
    @Test func formsOfOneNameAreKeptApart() throws {
        let exported = try Exported(
            network { images in
                let (batch, pixels) = (images.shape[0], images.shape[1] * images.shape[2])
                let plain = images.reshaped([batch, pixels, 3])
                let turned = images.transposed([0, 1, 3, 2]).reshaped([batch, pixels, 3])
                return (plain + turned).sum(axes: [1])
            })
        #expect(exported.problems == [])
        #expect(exported.nodes("Transpose").map { $0.ints("perm") } == [[0, 2, 3, 1], [0, 2, 1, 3]])
        let reshaped = exported.nodes("Reshape").map { $0.input[0] }
        #expect(Set(reshaped) == Set(exported.nodes("Transpose").map { $0.output[0] }))
    }

    @Test func axesOfLengthOneMoveFreely() throws {
        let gate = try types { $0 * $0.globalAveragePooled().reshaped([$0.shape[0], 1, 1, 3]) }
        #expect(gate == ["GlobalAveragePool", "Mul"])
    }

    @Test func axesAreFoundInTheirPlaces() throws {
        let exported = try Exported(
            network { .concatenated([$0, $0], axis: 3).softmax(axis: 3).max(axes: [-1], keepsDimensions: true) })
        #expect(exported.types == ["Concat", "Softmax", "ReduceMax"])
        #expect(exported.nodes("Concat")[0].attribute[0].i == 1)
        #expect(exported.nodes("Softmax")[0].attribute[0].i == 1)
        #expect(exported.nodes("ReduceMax")[0].ints("axes") == [1])
    }

    @Test func constantsAreBroughtToTheOrderOfImages() throws {
        let exported = try Exported(network { $0 * Tensor([1, 2, 3] as [Float]) })
        let factor = try #require(exported.graph.initializer.first)
        #expect(factor.dims == [3, 1, 1])
    }

    @Test func wholeFactorsAreWrittenAsSuch() throws {
        let exported = try Exported(
            network { $0.resized(to: Size(height: $0.shape[1] * 2, width: $0.shape[2] * 3), method: .nearest) })
        let resize = try #require(exported.nodes("Resize").first)
        #expect(exported.initializer(resize.input[2]) == [1, 1, 2, 3])
        #expect(resize.text("coordinate_transformation_mode") == "asymmetric")
        #expect(exported.report.outputs[0].shape == ["batch", "3", "logits_2", "logits_3"])
    }

    @Test func sizesOfOtherTensorsAreReadFromThem() throws {
        let exported = try Exported(
            network { images in
                let small = images.maxPooled(kernel: 3, strides: 2, padding: 1)
                return small.resized(to: Size(height: images.shape[1], width: images.shape[2]), method: .bilinear())
            })
        #expect(exported.problems == [])
        #expect(exported.types.sorted() == ["Concat", "MaxPool", "Resize", "Shape", "Shape"])
        #expect(exported.report.outputs[0].shape == ["batch", "3", "height", "width"])
    }

    @Test func aSizeThatCannotBeExpressedIsFixed() throws {
        let exported = try Exported(
            network { $0.resized(to: Size(height: $0.shape[1] * 2 / 3, width: $0.shape[2]), method: .nearest) })
        #expect(exported.problems == [])
        #expect(exported.report.inputs[0].shape == ["batch", "3", "64", "48"])
        #expect(exported.report.notices.count == 1)
        #expect(exported.report.notices[0].hasPrefix("the file takes only images of 64x48, because "))
    }

    @Test func aNetworkThatDiffersBySizeIsFixed() throws {
        let notices = try Exported(network { $0.shape[1] > 70 ? $0.exp() : $0.sin() }).report.notices
        #expect(notices.count == 1 && notices[0].hasPrefix("the file takes only images of 64x48, because "))
    }

    @Test func numbersThatFollowFromTheBatchFixIt() throws {
        let report = try Exported(network { $0 * Float($0.shape[0]) }).report
        #expect(report.inputs[0].shape == ["1", "3", "64", "48"])
        #expect(report.notices.count == 2)
    }

    @Test func paddingThatKeepsTheSizeDependsOnIt() throws {
        let weight = Tensor.uniform([4, 3, 3, 3], in: -1..<1, key: RandomKey(seed: 2))
        let exported = try Exported(network { $0.convolved(weight: weight, strides: 2, padding: .same) })
        #expect(exported.report.notices == [])
        #expect(exported.nodes("Conv")[0].text("auto_pad") == "SAME_UPPER")
    }
}
