import Foundation
import Testing
import NNInference

@Suite struct MetricValueTests {
    @Test func namesHaveTheSplit() {
        let value = MetricValue("top1", 83.2, unit: .percent, mode: .max)
        #expect(value.name == "top1" && value.text == "83.20")
        #expect(value.on(.validation).name == "validation_top1")
        #expect(value.on(.train).name == "train_top1")
        #expect(value.on(.train).metric == "top1" && value.on(.train).unit == .percent)
    }

    /// Checkpoints and summaries have the full name.
    @Test func filesHaveTheFullName() throws {
        let value = MetricValue("balanced_accuracy", 50, unit: .percent, mode: .max, split: .validation)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(value)
        #expect(
            String(decoding: data, as: UTF8.self)
                == #"{"mode":"max","name":"validation_balanced_accuracy","unit":"percent","value":50}"#)
        #expect(try JSONDecoder().decode(MetricValue.self, from: data) == value)
        // Undefined and infinite values have no form in JSON.
        let undefined = MetricValue("roc_auc", .nan, unit: .percent, mode: .max)
        #expect(
            String(decoding: try encoder.encode(undefined), as: UTF8.self)
                == #"{"mode":"max","name":"roc_auc","unit":"percent","value":null}"#)
        #expect(try JSONDecoder().decode(MetricValue.self, from: encoder.encode(undefined)) == undefined)
        #expect(undefined.text == "—" && undefined.textWithUnit == "—" && !undefined.isDefined)
        #expect(value.textWithUnit == "50.00 %" && value != undefined)
        let plain = MetricValue("loss", 0.5, mode: .min)
        #expect(try JSONDecoder().decode(MetricValue.self, from: encoder.encode(plain)) == plain)
    }
}
