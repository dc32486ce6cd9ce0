import ArgumentParser

/// Which run to go on with.
enum RunChoice: ExpressibleByArgument, Equatable {
    /// The latest of the configuration.
    case latest
    case folder(String)

    init(argument: String) { self = argument == "auto" ? .latest : .folder(argument) }

    var defaultValueDescription: String {
        switch self {
        case .latest: "auto"
        case .folder(let path): path
        }
    }
}
