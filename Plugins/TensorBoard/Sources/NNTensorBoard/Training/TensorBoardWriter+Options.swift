import Foundation
import NNLayers
import NNTraining

extension TensorBoardWriter {
    /// Options of ``TensorBoardWriter``.
    struct Options: BuildableOptions {
        /// The folder in which each run has a folder of events, by its name, for `tensorboard --logdir`; null, the default,
        /// for the folder `tensorboard` of the run.
        var folder: String?
        /// After how many evaluations the distributions of weights and gradients are written; 0 for never.
        var histograms = 1
        /// How many training images are shown as they are augmented; 0 for none.
        var images = 8
        /// Of which steps the loss, the learning rate and the like are written; null, the default, for
        /// `training.log_every`.
        var logEvery: Int?

        /// Everything, in the folder of the run.
        init() {}

        func validate() throws {
            if folder == "" { throw OptionError("folder", "must be the name of a folder, or null") }
            try Self.check(histograms: histograms, images: images, logInterval: logEvery)
        }

        /// Refuses counts that are negative or of more images than anyone looks at.
        static func check(histograms: Int, images: Int, logInterval: Int?) throws(OptionError) {
            try OptionError.check("histograms", histograms, .notNegative)
            if !(0...1000).contains(images) { throw OptionError("images", "must be from 0 to 1000, not \(images)") }
            if let logInterval { try OptionError.check("log_every", logInterval, .count) }
        }

        func build(_: Void, in registry: Registry) -> any TrainingCallback {
            TensorBoardWriter(
                .runs(folder.map { URL(fileURLWithPath: $0, isDirectory: true) }), histograms: histograms,
                images: images, logInterval: logEvery)
        }
    }
}
