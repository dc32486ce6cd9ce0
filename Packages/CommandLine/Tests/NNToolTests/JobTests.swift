import Testing

@testable import NNTool

/// Processes that mpirun started, where no plugin connects them.
@Suite struct JobTests {
    private func refusal(_ environment: [String: String]) -> CommandFailure? {
        do {
            try Job.refuse(environment, reason: "nn was built without MPI")
            return nil
        } catch {
            return error
        }
    }

    @Test func severalProcessesAreRefusedByOneMessage() throws {
        let first = try #require(refusal(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "0"]))
        #expect(first.message?.contains("one of 4 processes of a job, and nn was built without MPI") == true)
        #expect(first.message?.contains("--traits default,MPI") == true)
        let other = try #require(refusal(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"]))
        #expect(other.message == nil)
        #expect(refusal(["PMI_SIZE": "2", "PMI_RANK": "0"])?.message != nil)
    }

    @Test func oneProcessIsNot() {
        #expect(refusal([:])?.exitCode == nil)
        #expect(refusal(["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"])?.exitCode == nil)
        #expect(refusal(["OMPI_COMM_WORLD_SIZE": "none"])?.exitCode == nil)
    }
}
