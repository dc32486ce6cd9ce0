import Foundation
import NNDatasets
import NNInference
import NNLayers
import NNOptimizers
import NNPluginTesting
import NNTesting
import NNTool
import NNTraining
import NNWeights
import Testing

#if BFloat16
import NNBFloat16
#endif
#if Keras
import NNKeras
#endif
#if OneDNN
import NNOneDNN
#endif
#if ONNX
import NNONNX
#endif
#if TensorBoard
import NNTensorBoard
#endif
#if TIFF
import NNTIFF
#endif
#if WebP
import NNWebP
#endif
#if Winograd
import NNWinograd
#endif

/// Every option of every component that `nn` has gets every wrong value.
@Suite struct WrongOptionTests {
    static func registry() throws -> Registry {
        var plugins = NN.standardPlugins
        #if OneDNN
        plugins.append(OneDNNPlugin())
        #endif
        #if Keras
        plugins.append(KerasPlugin())
        #endif
        #if ONNX
        plugins.append(ONNXPlugin())
        #endif
        #if TensorBoard
        plugins.append(TensorBoardPlugin())
        #endif
        #if TIFF
        plugins.append(TIFFPlugin())
        #endif
        #if WebP
        plugins.append(WebPPlugin())
        #endif
        #if Winograd
        plugins.append(WinogradPlugin())
        #endif
        #if BFloat16
        plugins.append(BFloat16Plugin())
        #endif
        return try Registry(plugins: plugins)
    }

    /// Options to begin with where the defaults alone are refused, or hide some of the options.
    static let options: [String: ConfigNode] = {
        let group: ConfigNode = ["pattern": "weight", "lr_factor": 0.5, "weight_decay": 0.1]
        let folder = ConfigNode(.string(FileManager.default.temporaryDirectory.path))
        var result: [String: ConfigNode] = [:]
        for name in ["sgd", "adam", "adamw"] { result[name] = ["groups": [group]] }
        for name in [
            "resize", "center_crop", "random_crop", "pad_crop", "random_resized_crop", "random_side_crop",
        ] { result[name] = ["size": [16, 24]] }
        result["resize"] = ["size": 16]
        for name in ["class_folders", "cifar10", "camvid", "voc", "ade20k", "cityscapes", "shards"] {
            result[name] = ["path": folder]
        }
        result["mask_folders"] = ["path": folder, "class_count": 3]
        result["table"] = ["train": folder]
        for name in ["cross_entropy", "focal", "dice", "generalized_dice", "tversky", "ohem"] {
            result[name] = ["class_weights": [1, 0.5, 2]]
        }
        result["pad"] = ["divisor": 8]
        result["features"] = ["channels": 8]
        result["sum"] = [
            "terms": [["loss": "cross_entropy"], ["loss": ["type": "dice", "smooth": 2], "weight": 0.5]]
        ]
        result["step"] = ["interval_steps": 5]
        result["multi_step"] = ["milestone_epochs": [2, 5]]
        result["cyclical"] = ["max_lr": 0.4, "half_cycle_steps": 10]
        result["map_file"] = ["train": folder, "class_count": 3]
        result["mask_lists"] = ["train": folder, "class_count": 3]
        result["classifier"] = ["neck": [["type": "convolution", "channels": 9]], "pooling": "generalized_mean"]
        result["segnet"] = ["convolutions": [1, 2, 1, 1, 1]]
        result["upsample"] = ["convolutions": [1, 2, 1, 1, 1], "widths": [8, 8, 8, 4, 4]]
        result["unet"] = ["widths": [8, 8, 8, 4, 4]]
        result["upernet"] = ["strides": [4, 8, 16]]
        result["fcn"] = ["skip_strides": [8], "stride": 16]
        return result
    }()

    private static func node(_ name: String, _ kind: String) -> ConfigNode {
        var node: ConfigNode = ["type": ConfigNode(.string(name))]
        let more = kind == "dataset" && name == "features" ? ["path": options["cifar10"]!["path"]!] : options[name]
        node.content = .mapping((node.entries ?? []) + (more?.entries ?? []))
        return node
    }

    /// Checks the components of a kind, each in turn, and ends the process, in which the findings are the error output.
    private static func check<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, _ check: (ConfigNode, Registry) throws -> Void
    ) -> Never {
        var findings = ""
        do {
            let registry = try Self.registry()
            for name in registry.names(of: kind) {
                do { try check(Self.node(name, kind.name), registry) } catch { findings += "\(error)\n" }
            }
        } catch {
            findings += "\(error)\n"
        }
        FileHandle.standardError.write(Data((findings + end).utf8))
        // The error output is kept of processes that fail only.
        exit(EXIT_FAILURE)
    }

    private static let end = "all were checked"

    /// Expects that a process came to the end of its checks, and found nothing: what ends it before is a trap.
    private func expectSurvival(_ result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output == Self.end, sourceLocation: sourceLocation)
    }

    @Test func activations() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.activation) { try checkOptions(.activation, $0, in: $1) }
            })
    }

    @Test func normalizations() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.normalization) { try checkOptions(.normalization, $0, in: $1) }
            })
    }

    @Test func attentions() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.attention) { try checkOptions(.attention, $0, in: $1) }
            })
    }

    @Test func layers() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.layer) { try checkOptions(.layer, $0, in: $1) }
            })
    }

    @Test func poolings() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.pooling) { try checkOptions(.pooling, $0, in: $1) }
            })
    }

    @Test func initializers() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.initializer) { try checkOptions(.initializer, $0, in: $1) }
            })
    }

    @Test func backbones() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.backbone) { try checkOptions(.backbone, $0, in: $1) }
            })
    }

    @Test func heads() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.head) { try checkOptions(.head, $0, in: $1) }
            })
    }

    @Test func losses() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.loss) { try checkOptions(.loss, $0, in: $1) }
            })
    }

    @Test func optimizers() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.optimizer) { try checkOptions(.optimizer, $0, in: $1) }
            })
    }

    @Test func schedules() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.schedule) { try checkOptions(.schedule, $0, in: $1) }
            })
    }

    @Test func datasets() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.dataset) { try checkOptions(.dataset, $0, in: $1) }
            })
    }

    @Test func transforms() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.transform) { try checkOptions(.transform, $0, in: $1) }
            })
    }

    @Test func batchTransforms() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.batchTransform) { try checkOptions(.batchTransform, $0, in: $1) }
            })
    }

    @Test func samplers() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.sampler) { try checkOptions(.sampler, $0, in: $1) }
            })
    }

    @Test func metrics() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.metric) { try checkOptions(.metric, $0, in: $1) }
            })
    }

    @Test func callbacks() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.callback) { try checkOptions(.callback, $0, in: $1) }
            })
    }

    @Test func tasks() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.task) { try checkOptions(.task, $0, in: $1, ()) }
            })
    }

    @Test func exporters() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.exporter) { try checkOptions(.exporter, $0, in: $1, ()) }
            })
    }

    @Test func imageFormats() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.imageFormat) { try checkOptions(.imageFormat, $0, in: $1, ()) }
            })
    }

    @Test func weightFormats() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.weightFormat) { try checkOptions(.weightFormat, $0, in: $1, ()) }
            })
    }

    @Test func nameMaps() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.check(.nameMap) { try checkOptions(.nameMap, $0, in: $1, ()) }
            })
    }

    /// A configuration in which every option has a value.
    private static let configuration: ConfigNode = [
        "model": [
            "backbone": ["type": "resnet_cifar", "depth": 8], "head": "classifier", "auxiliary_head": "mlp_classifier",
            "auxiliary_loss_weight": 0.3,
        ],
        "data": [
            "dataset": ["type": "shapes", "train_count": 12, "validation_count": 8, "size": 16],
            "train_transforms": ["flip"], "batch_transforms": ["mixup"], "validation_transforms": ["to_bgr"],
            "normalize": ["mean": [0.5, 0.5, 0.5], "standard_deviation": [0.2, 0.3, 0.4]], "batch_size": 4,
        ],
        "training": [
            "gradient_clip_norm": 1, "gradient_clip_value": 2, "accumulate": 2, "freeze": ["backbone.conv1"],
            "unfreeze": [["epoch": 2, "pattern": "backbone.conv1"]], "ema": ["decay": 0.9],
            "early_stopping": ["patience": 3, "minimum_change": 0.1], "best_metric": "validation_loss",
            "metrics": ["confusion_matrix"],
        ],
        "epochs": 3, "precision": "bf16", "seed": 5,
    ]

    /// Checks, proves and sets up training, but does not train.
    private static func checkConfiguration() -> Never {
        var findings = ""
        do {
            let registry = try Self.registry()
            let check = ConfigCheck(registry: registry)
            let complete = try check.resolve(configuration.moved(to: "")).node
            try checkOptions(complete, "configuration") { node in
                let experiment = try Experiment(check.resolve(node), registry: registry)
                _ = try experiment.proveShapes()
                _ = try experiment.makeTrainer()
            }
        } catch {
            findings += "\(error)\n"
        }
        FileHandle.standardError.write(Data((findings + end).utf8))
        exit(EXIT_FAILURE)
    }

    @Test func configurations() async {
        expectSurvival(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.checkConfiguration()
            })
    }

    /// A new kind needs a line above.
    @Test func noKindIsLeftOut() throws {
        let checked: Set = [
            "activation", "normalization", "attention", "layer", "pooling", "initializer", "backbone", "head", "loss",
            "optimizer",
            "schedule", "dataset", "transform", "batch transform", "sampler", "metric", "callback", "exporter",
            "weight_format", "name_map", "image_format", "task",
        ]
        // Backends have no options, and may be missing on a machine.
        let found = Set(try Self.registry().descriptions().map(\.kind)).subtracting(["backend"])
        #expect(found.subtracting(checked) == [])
    }
}
