import NNBackbones
import Foundation
import NNHeads
import NNLayers
@_spi(Testing) import NNTesting
import Testing
import NNTraining

@testable import NNONNX

/// The folder for files that are to be compared.
private let referenceFolder = ProcessInfo.processInfo.environment["NN_ONNX_CHECK"].map { URL(fileURLWithPath: $0) }

/// Writes files with images and our logits beside them, for `Scripts/check-onnx` to compare with ONNX Runtime;
/// only where the environment names a folder, as `make onnx-check` does.
@Suite(.enabled(if: referenceFolder != nil), .serialized)
struct ReferenceFiles {
    /// The five systems and their networks.
    static let systems: [(config: String, size: Size, classCount: Int)] = [
        ("vovnet57_imagenet", 224, 999), ("vovnet57_jpu_ade20k", Size(height: 320, width: 480), 151),
        ("segnet64_voc", 64, 22), ("fcn64_voc", 64, 22), ("resnet20_cifar10", 32, 10), ("resnet56_cifar10", 32, 10),
        ("xception_cats_dogs", 299, 2),
    ]

    @Test(arguments: OperationCase.all)
    func writesOperations(operation: OperationCase) throws {
        for opset in [17, 21] {
            let name = "operations-\(operation.operations.joined(separator: "+"))-opset\(opset)"
            try write(name, operation.network, imageSize: Size(height: 17, width: 22), ONNXExporter(opset: opset))
        }
    }

    @Test(arguments: SmallOptions.backboneNames(try RegistryExportTests.registry()))
    func writesCombinations(backboneName: String) throws {
        for (headName, network) in try RegistryExportTests.networks(backboneName) {
            try write("\(backboneName)-\(headName)", network, imageSize: SmallOptions.imageSize(backboneName))
        }
    }

    @Test(arguments: systems.map(\.config)) func writesSystems(config: String) throws {
        let system = try #require(Self.systems.first { $0.config == config })
        let root = URL(fileURLWithPath: #filePath).appending(path: "../../../../..").standardizedFileURL
        let registry = try Registry(
            plugins: [LayersPlugin(), BackbonesPlugin(), HeadsPlugin()] as [any Plugin])
        let node = try ConfigLoader.load(root.appending(path: "Examples/Configs/\(config).yaml").path)
        let model = try ConfigDecoder().decode(ModelConfig.self, from: try #require(node["model"]))
        let network = try ModelBuilder(registry).network(model, classCount: system.classCount)
        network.initialize(key: RandomKey(seed: 3))
        for fold in [true, false] {
            let exporter = ONNXExporter(foldBatchNorm: fold)
            try write("system-\(config)\(fold ? "" : "-unfolded")", network, imageSize: system.size, exporter)
        }
    }

    /// Networks in 8 bits: a residual one, one with depthwise convolutions, and one for segmentation.
    @Test(arguments: ["resnet_cifar-classifier", "mobilenet-classifier", "resnet-fcn"])
    func writesQuantized(name: String) throws {
        let parts = name.split(separator: "-").map(String.init)
        let small: ConfigNode = ["type": "resnet_cifar", "depth": 8]
        let backbone = parts[0] == "resnet_cifar" ? small : ConfigNode(.string(parts[0]))
        let network = try network(
            backbone, .init(.string(parts[1])), task: parts[1] == "fcn" ? .segmentation : .classification)
        network.randomizeStatistics()
        let images = Tensor.uniform([8, 64, 64, 3], in: -2..<2, key: RandomKey(seed: 7))
        try network.quantize(calibratedOn: [images])
        try write("quantized-\(name)", network, imageSize: 64, randomizes: false)
    }

    /// A file, and the images and logits of two batches of different sizes.
    private func write(
        _ name: String, _ network: Network, imageSize: Size, _ exporter: ONNXExporter = ONNXExporter(),
        randomizes: Bool = true
    ) throws {
        let folder = try #require(referenceFolder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if randomizes { network.randomizeStatistics() }
        var description = Exported.description
        description.imageSize = imageSize
        let report = try exporter.export(network, description, to: folder.appending(path: "\(name).onnx"))
        #expect(report.notices == [], "\(name)")
        var tensors: [(String, Tensor)] = []
        let sizes = [(1, imageSize), (3, Size(height: imageSize.height + 27, width: imageSize.width + 14))]
        for (number, (batch, size)) in sizes.enumerated() {
            let images = Tensor.uniform(
                [batch, size.height, size.width, 3], in: -2..<2, key: RandomKey(seed: UInt64(number)))
            tensors.append(("images_\(number)", images))
            tensors.append(("logits_\(number)", withoutGradients { network(images, .inference()) }))
        }
        try SafetensorsFile.write(tensors: tensors, metadata: [:], to: folder.appending(path: "\(name).safetensors"))
    }
}

extension Module {
    /// Gives normalizations statistics, scales and offsets that differ by channel, as training leaves them.
    fileprivate func randomizeStatistics() {
        for (number, (name, buffer)) in ModuleTree(self).buffers.enumerated() {
            let key = RandomKey(seed: UInt64(number))
            let shape = buffer.wrappedValue.shape
            if name.hasSuffix("running_mean") { buffer.wrappedValue = .uniform(shape, in: -0.3..<0.3, key: key) }
            if name.hasSuffix("running_var") { buffer.wrappedValue = .uniform(shape, in: 0.5..<1.5, key: key) }
        }
        for (number, (name, parameter)) in ModuleTree(self).parameters.enumerated() where parameter.shape.rank == 1 {
            let range: Range<Float> = name.hasSuffix("bias") ? -0.2..<0.2 : 0.8..<1.2
            parameter.value = .uniform(parameter.shape, in: range, key: RandomKey(seed: UInt64(number) + 1000))
        }
    }
}
