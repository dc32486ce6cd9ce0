import ArgumentParser
import NNLayers
import NNTraining

/// How carefully a command looks at images.
struct InferenceArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Divide images into windows of this size that overlap.", valueName: "HxW"))
    var window: Size?

    @Option(help: "How many pixels neighbouring windows share. (default: a quarter)")
    var overlap: Int?

    @Flag(help: "Also look at the images mirrored, and take the mean.")
    var flip = false

    @Option(
        help: ArgumentHelp("Look at the images in several scales, and take the mean.", valueName: "0.75,1,1.25"))
    var scales = "1"

    /// The scales as numbers; nil where they are none.
    private var factors: [Float]? {
        let factors = scales.split(separator: ",", omittingEmptySubsequences: false).compactMap { Float($0) }
        let isRight = factors.count == scales.split(separator: ",", omittingEmptySubsequences: false).count
        return isRight && factors.allSatisfy { $0 > 0 && $0 <= 8 } ? factors : nil
    }

    func validate() throws {
        if factors == nil {
            throw ValidationError("--scales must be numbers above 0 and up to 8, with commas between, not '\(scales)'")
        }
        guard let overlap else { return }
        guard let window else { throw ValidationError("--overlap is of windows; state --window too") }
        if overlap < 0 || overlap >= min(window.height, window.width) {
            throw ValidationError("--overlap must be 0 or more and below the sides of the window, not \(overlap)")
        }
    }

    var options: InferenceOptions {
        var options = InferenceOptions()
        if let window { options.tiling = .windows(.init(size: window, overlap: overlap)) }
        options.flips = flip
        options.scales = factors ?? [1]
        return options
    }

    /// Refuses windows for a network that gives one class for each image.
    func check(for task: PredictionTask) throws(CommandFailure) {
        if window != nil, task == .classification {
            throw CommandFailure(
                message: "--window is for segmentation; a classifier says one class for the whole image")
        }
    }
}
