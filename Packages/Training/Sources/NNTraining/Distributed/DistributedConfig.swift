import NNLayers

/// Training by several processes, on one machine or several: `training.distributed` of a configuration. It does nothing
/// where one process trains alone.
public struct DistributedConfig: ComponentOptions {
    /// How gradients are sent: `none`, as they are, or `bf16`, which halves what is sent and rounds each sum to 8 bits of
    /// precision.
    public var compression = GradientCompression.none
    /// Whether batch norm takes mean and variance of the batches of all processes together, as one process with the whole
    /// batch would. False, the default, for those of each process, which is faster.
    public var syncBatchNorm = false
    /// How much is sent together, in MiB, from 1 to 1024.
    public var bucketMegabytes = 4
    /// The time that a process is waited for at least, as in `60 seconds` or `5 minutes`; after it, and after ten times the
    /// longest step, training saves and ends.
    public var timeout = TrainingTime.minutes(1)

    /// Float32 in buckets of 4 MiB.
    public init() {}

    /// Refuses buckets of no size.
    public func validate() throws {
        if !(1...1024).contains(bucketMegabytes) {
            throw OptionError("bucket_megabytes", "must be from 1 to 1024, not \(bucketMegabytes)")
        }
    }
}
