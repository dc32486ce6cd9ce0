import NNLayers
import NNOptimizers
import NNTesting

/// Checks what every schedule has to meet.
///
/// - The learning rate is a pure function of the step, finite, not negative and not always 0; after the last step too.
/// - A schedule without a metric has no state that reports could change.
/// - A copy that is restored from the saved state goes on as the original does; a state that is refused changes nothing.
///
/// - Parameters:
///   - schedule: A new one.
///   - steps: The number of steps that it was made for.
/// - Throws: ``CheckFailure`` with all findings.
public func checkSchedule(_ schedule: any Schedule, steps: Int = 100) throws {
    var findings = Findings(String(describing: type(of: schedule)))
    let all = Array(0..<steps) + [steps, steps + 1, 2 * steps, 1000 * steps]
    func rates(_ schedule: any Schedule) -> [Double] { all.map(schedule.learningRate(at:)) }

    let first = rates(schedule)
    let backwards = Array(all.reversed().map(schedule.learningRate(at:)).reversed())
    findings.expect(backwards == first, "the learning rate of a step depends on the steps that were asked for before")
    if let index = first.firstIndex(where: { !$0.isFinite || $0 < 0 }) {
        findings.add("the learning rate of step \(all[index]) is \(first[index])")
    }
    findings.expect(first.contains { $0 > 0 }, "the learning rate is 0 at every step")

    // A value that does not improve, for as long as any patience lasts.
    var original = schedule
    for _ in 0..<steps { original.report(1) }
    if schedule.metric == nil {
        findings.expect(rates(original) == first, "reported values change it, although it watches no metric")
    }
    let state = original.savedState
    var copy = schedule
    do {
        try copy.restore(state)
        findings.expect(rates(copy) == rates(original), "a restored schedule has other learning rates")
        for _ in 0..<steps {
            copy.report(1)
            original.report(1)
        }
        findings.expect(
            rates(copy) == rates(original), "a restored schedule reacts to reported values as the original does not")
    } catch {
        findings.add("its own saved state cannot be restored: \(error)")
    }
    let before = rates(original)
    do {
        try original.restore(SavedState(scalars: ["of_another_part": 1]))
    } catch {
        findings.expect(rates(original) == before, "a state that it refuses changes it")
    }
    try findings.check()
}
