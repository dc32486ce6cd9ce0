import Foundation
import NNLayers
import NNTraining

/// Trains a network by the processes of a job of `mpirun`, on one machine or several.
///
/// ```sh
/// mpirun -np 4 nn train config.yaml
/// ```
public struct MPIPlugin: ProcessGroupPlugin {
    /// The name in lists.
    public let name = "MPI"

    /// A plugin that connects no process yet.
    public init() {}

    /// There are no components in it.
    public func register(into registry: Registry) throws {}

    public func makeProcessGroup() throws -> (any ProcessGroup)? {
        // To start MPI takes a third of a second, which nobody else is to pay.
        guard JobEnvironment.processCount > 1 else { return nil }
        return try MPIGroup()
    }

    public func close(_ group: any ProcessGroup) { Self.own(group).close() }

    public func abandon(_ group: any ProcessGroup, exitCode: Int32) -> Never {
        Self.own(group).abandon(exitCode: exitCode)
    }

    private static func own(_ group: any ProcessGroup) -> MPIGroup {
        guard let group = group as? MPIGroup else { trap("MPIPlugin: a group of another plugin") }
        return group
    }
}
