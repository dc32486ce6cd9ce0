import NNDatasets
import NNLayers
import NNTesting

/// Checks what every sampler has to meet.
///
/// - Each epoch has samples, as many as any other, and their indices are in range.
/// - The order is a pure function of the epoch and the key.
/// - Where it is random, epochs and keys give different orders; where it is not, keys give the same one.
///
/// - Parameters:
///   - count: The number of samples of its data set; 8 or more, so that two random orders are not the same by chance.
///   - isRandom: Whether the order depends on the key.
///   - visitsAll: Whether each epoch visits each sample once.
/// - Throws: ``CheckFailure`` with all findings.
public func checkSampler(
    _ sampler: any Sampler, count: Int, isRandom: Bool = true, visitsAll: Bool = false
) throws {
    var findings = Findings(String(describing: type(of: sampler)))
    let (key, otherKey) = (RandomKey(seed: 1), RandomKey(seed: 2))
    let epochs = 0..<5
    let orders = epochs.map { sampler.order(epoch: $0, key: key) }
    for (epoch, order) in orders.enumerated() {
        findings.expect(!order.isEmpty || count == 0, "epoch \(epoch) has no samples")
        findings.expect(
            order.count == orders[0].count,
            "epoch \(epoch) has \(order.count) samples, the first epoch \(orders[0].count)")
        let wrong = order.filter { !(0..<count).contains($0) }
        findings.expect(wrong.isEmpty, "epoch \(epoch): there are no samples \(wrong.prefix(8)) of \(count)")
        if visitsAll {
            findings.expect(order.sorted() == Array(0..<count), "epoch \(epoch) does not visit each sample once")
        }
    }
    // From the last epoch to the first: a sampler that counts along would give others.
    for epoch in epochs.reversed() {
        findings.expect(
            sampler.order(epoch: epoch, key: key) == orders[epoch],
            "the order of epoch \(epoch) is another one when it is asked for again")
    }
    let other = sampler.order(epoch: 0, key: otherKey)
    if isRandom {
        findings.expect(other != orders[0], "another key gives the same order")
        findings.expect(Set(orders).count == orders.count, "several epochs have the same order")
    } else {
        findings.expect(other == orders[0], "another key gives another order, although it is not random")
    }
    try findings.check()
}
