import Foundation
@_spi(Kernels) import NNCore
import Testing

/// Programming mistakes say what was wrong, in release builds too, where `precondition` is mute.
@Suite struct TrapMessageTests {
    @Test func mistakesWithShapes() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([1, 5, 5, 3]).convolved(weight: .ones([4, 3, 3, 3]), strides: 0)
            }, "conv2d: strides 0x0 must be positive")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).item
            }, "item: the shape [2, 3] has 6 elements, not one")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).shape[4]
            }, "Shape: [2, 3] has no dimension 4")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Shape([1 << 40, 1 << 40]).elementCount
            }, "[1099511627776, 1099511627776] has more elements than can be counted")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor(uninitialized: [1 << 61])
            }, "Tensor: float32[2305843009213693952] is larger than any memory")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor(uninitialized: [3, -1])
            }, "Tensor: float32[3, -1] has a negative length")
    }

    @Test func mistakesWithValues() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).softmaxCrossEntropy(labels: Tensor([0, 3] as [Int32]))
            }, "softmax_cross_entropy: label 3 at position 1 is not one of 3 classes")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).scalars(as: Int32.self)
            }, "withScalars: tensor holds float32, not int32")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).dropped(probability: 2, key: RandomKey(seed: 0))
            }, "dropout: the probability must be 0 or more and below 1, not 2.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor(placeholder: TensorSpecification(shape: [2])).exp()
            }, "exp: input 0 [2] has no values; initialize(key:)")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.uniform([1], in: -3e38..<3e38, key: RandomKey(seed: 0))
            }, "uniform: the distance of the bounds")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var average = Tensor.ones([2])
                average.move(toward: .ones([2]), rate: 2)
            }, "move(toward:): rate must be between 0 and 1, not 2.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var (parameter, state) = (Tensor.ones([2]), [Tensor.ones([3])])
                OptimizerKernels.sgd(
                    &parameter, state: &state, gradient: .ones([2]), scale: 1, limit: 1, learningRate: 1,
                    weightDecay: 0, momentum: 0.5, dampening: 0, nesterov: false)
            }, "sgd: float32[3] for a parameter of float32[2]")
    }

    /// No number is ignored where none is to be, not even the one that kernels skip.
    @Test(arguments: [0, 1, 2, 3])
    func theSmallestLabelIsNoClass(_ loss: Int) async {
        let expected = "label -2147483648 at position 0 is not one of"
        let result =
            switch loss {
            case 0:
                await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    _ = Tensor.ones([1, 3]).softmaxCrossEntropy(labels: Tensor([Int32.min]))
                }
            case 1:
                await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    _ = Tensor.ones([1, 3]).binaryCrossEntropy(labels: Tensor([Int32.min]))
                }
            case 2:
                await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    _ = Tensor.ones([1, 3]).softmaxAreas(labels: Tensor([Int32.min]))
                }
            default:
                await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    _ = Tensor.ones([1, 3]).lovaszLoss(labels: Tensor([Int32.min]))
                }
            }
        expectMessage(result, expected)
    }

    /// Every trap of the library goes through `trap` or `nn_trap`, which print in release builds.
    @Test func sourcesHaveNoMuteTraps() throws {
        var root = URL(filePath: #filePath)
        for _ in 0..<6 { root.deleteLastPathComponent() }
        let folders = ["Packages", "Plugins"].map { root.appending(path: $0).resolvingSymlinksInPath() }
        // A copy of the tests alone has no sources to look at.
        guard FileManager.default.fileExists(atPath: root.appending(path: "Packages/NNCore/Sources").path) else {
            return
        }
        let mute = ["precondition(", "preconditionFailure(", "fatalError(", "assert(", "assertionFailure(", "abort("]
        var found: [String] = []
        var count = 0
        for folder in folders {
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.path.contains("/Sources/"), ["swift", "c", "h"].contains(file.pathExtension),
                    !["Trap.swift", "nn_trap.c"].contains(file.lastPathComponent),
                    !file.lastPathComponent.hasSuffix(".pb.swift")
                else { continue }
                count += 1
                for (number, line) in try String(contentsOf: file, encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false
                ).enumerated() {
                    let code = line.drop { $0 == " " }
                    guard !code.hasPrefix("//"), mute.contains(where: { Self.calls($0, in: code) }) else { continue }
                    found.append("\(file.path):\(number + 1): \(code)")
                }
            }
        }
        #expect(found.isEmpty)
        #expect(count > 100)
    }

    /// Whether a line calls a function of exactly this name, and not one whose name ends so.
    private static func calls(_ call: String, in line: Substring) -> Bool {
        var rest = line
        while let range = rest.range(of: call) {
            let before = rest[..<range.lowerBound].last
            if before.map({ !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }) ?? true { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }
}
