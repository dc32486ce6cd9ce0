import NNLayers
import Synchronization

extension DataCheck {
    /// How many images of a split are looked at, evenly chosen.
    private static let headerCount = 20_000

    /// Carries what images are through the transforms as ``run(progress:dataset:)`` does, but reads no more than the
    /// headers of at most 20,000 files of each split.
    /// - Parameter dataset: Opens a split; those that cannot be opened are skipped.
    /// - Returns: The findings of the kinds ``Finding/Kind/unfitSize`` and ``Finding/Kind/unfitImage``.
    @_spi(Internal) public func runHeaders(dataset: (Split) throws -> any Dataset) -> DataCheckReport {
        var report = DataCheckReport()
        for split in splits {
            guard let dataset = try? dataset(split), dataset.count > 0 else { continue }
            let transforms = transforms[split] ?? []
            let check = SampleCheck(dataset: dataset, split: split, transforms: transforms)
            let step = max(dataset.count / Self.headerCount, 1)
            let state = Mutex(
                (
                    sizes: SizeFacts(transforms: transforms, isBatched: batchedSplits.contains(split)),
                    findings: [Finding]()
                ))
            ParallelScan.run(count: dataset.count / step, threads: threads) { number in
                let index = number * step
                var facts = SampleFacts()
                let reader = dataset.imageReader
                guard !dataset.files(at: index).isEmpty else { return }
                let header = reader.headerFacts(of: dataset, at: index)
                facts.size = reader.size(header)
                guard let size = facts.size else { return }
                check.carry(
                    size, channels: reader.channels, hasFloats: reader.givesFloats(header), at: index, in: &facts)
                state.withLock { state in
                    state.sizes.add(facts, at: index)
                    state.findings += facts.findings
                }
            }
            let (sizes, findings) = state.withLock { $0 }
            func place(_ index: Int) -> String { dataset.files(at: index).first ?? "sample \(index)" }
            report.findings +=
                findings.sorted { ($0.sample ?? 0) < ($1.sample ?? 0) } + sizes.findings(split, file: place)
        }
        return report
    }
}
