import Foundation
import NNLayers
@_spi(Internal) import NNTraining
import SwiftProtobuf

/// The settings of a run, as the table of hyperparameters has them: each key of the configuration that has a value.
struct Hyperparameters {
    /// By dotted keys, such as `optimizer.lr`, in the order of the configuration.
    private(set) var settings: [(key: String, value: Google_Protobuf_Value)] = []

    /// The settings of a configuration. Lists are texts, and keys without a value and empty lists are left out.
    init(_ configuration: ConfigNode) { add(configuration, key: "") }

    private mutating func add(_ node: ConfigNode, key: String) {
        switch node.content {
        case .null: break
        case .boolean(let value): settings.append((key, Google_Protobuf_Value(boolValue: value)))
        case .integer(let value): settings.append((key, Google_Protobuf_Value(numberValue: Double(value))))
        case .float(let value):
            // The table holds texts for numbers that are none.
            let isFinite = value.isFinite
            settings.append(
                (
                    key,
                    isFinite
                        ? Google_Protobuf_Value(numberValue: value) : Google_Protobuf_Value(stringValue: "\(value)")
                )
            )
        case .string(let value): settings.append((key, Google_Protobuf_Value(stringValue: value)))
        case .sequence(let elements):
            if !elements.isEmpty { settings.append((key, Google_Protobuf_Value(stringValue: node.flowText))) }
        case .mapping(let entries):
            for entry in entries { add(entry.value, key: key.isEmpty ? entry.key : "\(key).\(entry.key)") }
        }
    }

    /// The start of the session, which has the settings.
    func start(_ date: Date = Date()) throws -> Tensorboard_Summary.Value {
        var start = Tensorboard_SessionStartInfo()
        start.startTimeSecs = date.timeIntervalSince1970
        start.hparams = Dictionary(settings.map { ($0.key, $0.value) }) { first, _ in first }
        return try .hyperparameters(.sessionStartInfo(start), "session_start_info")
    }

    /// What the table shows: all settings, and the scores by their tags.
    func experiment(scores tags: [String], _ date: Date = Date()) throws -> Tensorboard_Summary.Value {
        var experiment = Tensorboard_Experiment()
        experiment.timeCreatedSecs = date.timeIntervalSince1970
        experiment.hparamInfos = settings.map { setting in
            var info = Tensorboard_HParamInfo()
            info.name = setting.key
            info.type =
                switch setting.value.kind {
                case .boolValue: .dataTypeBool
                case .numberValue: .dataTypeFloat64
                default: .dataTypeString
                }
            return info
        }
        experiment.metricInfos = tags.map { tag in
            var info = Tensorboard_MetricInfo()
            info.name.tag = tag
            return info
        }
        return try .hyperparameters(.experiment(experiment), "experiment")
    }

    /// The end of the session.
    static func end(_ date: Date = Date()) throws -> Tensorboard_Summary.Value {
        var end = Tensorboard_SessionEndInfo()
        end.status = .success
        end.endTimeSecs = date.timeIntervalSince1970
        return try .hyperparameters(.sessionEndInfo(end), "session_end_info")
    }
}
