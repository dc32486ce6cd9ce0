import Foundation
import NNDatasets
import NNInference
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// What the folder of a run tells of it, read without changing it.
struct RunFacts {
    /// The folder.
    let run: RunDirectory
    /// The name of what was trained: that of the folder around the run.
    let name: String
    /// The configuration; nil where it cannot be read.
    let config: ExperimentConfig?
    /// Its text.
    let configText: String
    let logs: RunLogs
    /// What it was trained by, each time; empty where nothing is noted.
    let sessions: [RunRecord.Session]
    /// The names of the classes.
    let classNames: [String]
    /// Whether a process trains in the folder now.
    let isRunning: Bool
    /// What cannot be told, and why.
    private(set) var notices: [String] = []

    /// Reads a folder.
    /// - Parameter isRunning: Whether it is trained now; nil, the default, to find that out.
    /// - Throws: `RunError` for a folder that is no run, or whose logs cannot be read.
    init(_ run: RunDirectory, isRunning: Bool? = nil) throws {
        guard run.hasConfig else {
            throw RunError(
                "'\(run.url.path)' is no run folder: it has no config.yaml; name a folder that nn train has written")
        }
        self.run = run
        name = run.configurationName
        configText = (try? String(contentsOf: run.configFile, encoding: .utf8)) ?? ""
        var notices: [String] = []
        do {
            config = try run.config()
        } catch {
            config = nil
            notices.append("The configuration cannot be read: \(error)")
        }
        logs = try RunLogs(run)
        do {
            sessions = try run.record()?.sessions ?? []
        } catch {
            sessions = []
            notices.append("\(error)")
        }
        let names = (try? String(contentsOf: run.file("classes.txt"), encoding: .utf8)) ?? ""
        classNames = logs.checkpoint?.data.classNames ?? names.split(separator: "\n").map(String.init)
        self.isRunning = isRunning ?? run.isLocked
        self.notices = notices
    }

    /// Whether the newest part of training has ended as its summary says.
    var ending: TrainingSummary.Ending? {
        guard !isRunning, let summary = logs.summary, summary.progress.step >= logs.stepCount else { return nil }
        return summary.ending
    }

    /// The last evaluation.
    var last: LogRow? { logs.rows.last }

    /// The evaluation with the best score; nil where the logs do not tell.
    var best: LogRow? {
        guard let best = logs.best, let value = best.best else { return nil }
        return logs.rows.first { $0[best.metric] == value } ?? logs.rows.first { $0.epoch == best.bestEpoch }
    }

    /// The state of training, for the head of a page.
    /// - Parameter reloadSeconds: Seconds after which the page is loaded again while training runs.
    func status(reloadSeconds: Int?) -> ReportPage.Status {
        let done: String
        if let count = config?.iterations {
            done = "step \(logs.stepCount.grouped) of \(count.grouped)"
        } else {
            let current = max(last?.epoch ?? 0, logs.steps.last?.epoch ?? 0)
            let count = config.map { " of \($0.epochs)" } ?? ""
            done = "epoch \(isRunning ? max(current, 1) : current)\(count)"
        }
        if isRunning { return .init(kind: .running, text: "\(done)\(remaining)", reloadSeconds: reloadSeconds) }
        return switch ending {
        case .completed: .init(kind: .finished, text: done)
        case .stoppedEarly: .init(kind: .finished, text: "\(done), stopped early for lack of improvement")
        case .stoppedByCallback: .init(kind: .stopped, text: "\(done), by a callback")
        case .outOfTime: .init(kind: .stopped, text: "\(done), out of time; nn train --resume continues")
        case .interrupted: .init(kind: .stopped, text: "\(done), interrupted; nn train --resume continues")
        case nil: .init(kind: .stopped, text: "\(done), without a final summary")
        }
    }

    /// The time that the rest takes at the speed so far.
    private var remaining: String {
        guard let epochs = config?.epochs, config?.iterations == nil, let last, last.epoch < epochs else { return "" }
        let seconds = logs.rows.map { ($0["seconds"] ?? 0) + ($0["evaluation_seconds"] ?? 0) }.reduce(0, +)
        guard seconds > 0, last.epoch > 0 else { return "" }
        return ", about \(Figures.duration(seconds / Double(last.epoch) * Double(epochs - last.epoch))) left"
    }
}

extension RunDirectory {
    /// The name of what was trained: that of the folder around the run.
    var configurationName: String { url.absoluteURL.standardizedFileURL.deletingLastPathComponent().lastPathComponent }
}

/// Figures as a page writes them.
enum Figures {
    /// A duration: `12.3 s`, `4 min 10 s`, `3 h 12 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "—" }
        if seconds < 60 { return String(format: seconds < 10 ? "%.2g s" : "%.3g s", seconds) }
        let total = Int(seconds.rounded())
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0 ? "\(hours.grouped) h \(minutes) min" : "\(minutes) min \(rest) s"
    }

    /// A number of bytes: `37.8 MB`.
    static func bytes(_ count: Int) -> String {
        let units = ["bytes", "kB", "MB", "GB", "TB"]
        var (value, index) = (Double(count), 0)
        while value >= 999.5, index < units.count - 1 { (value, index) = (value / 1000, index + 1) }
        return index == 0
            ? "\(count) bytes" : String(format: value < 99.95 ? "%.1f %@" : "%.0f %@", value, units[index])
    }

    /// A number with about four digits; `—` where it is undefined.
    static func number(_ value: Double?) -> String {
        guard let value, !value.isNaN else { return "—" }
        if value == value.rounded(), abs(value) < 1e6 { return "\(Int(value))" }
        return String(format: "%.4g", value)
    }

    /// A score with its unit: `93.21 %`.
    static func score(_ score: MetricValue?) -> String { score.map(\.textWithUnit) ?? "—" }

    /// The name of a score or column for readers: `validation top1`.
    static func name(_ column: String) -> String { column.replacing("_", with: " ") }
}
