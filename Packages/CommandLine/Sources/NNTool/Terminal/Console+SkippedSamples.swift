@_spi(Text) import NNLayers
import NNDatasets

extension Console {
    /// Tells how many samples a loader has left out, if any.
    func report(samplesSkippedBy loader: DataLoader, of split: Split) {
        let count = loader.skippedSamples.count
        if count > 0 { report("notice: \(count.grouped) broken samples of \(split.rawValue) are left out") }
    }
}
