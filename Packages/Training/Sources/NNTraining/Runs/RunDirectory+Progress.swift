extension RunDirectory {
    /// The progress that a checkpoint notes, read without its tensors; nil where there is no such checkpoint.
    @_spi(Internal) public func progress(at checkpoint: CheckpointName) -> TrainingProgress? {
        Checkpoint.information(of: url(of: checkpoint))?.progress
    }
}
