import ArgumentParser
import NNLayers
@_spi(Internal) import NNTraining

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Lists the components that a configuration can name.",
        subcommands: [ModelsListCommand.self], defaultSubcommand: ModelsListCommand.self)
}

struct ModelsListCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists components with their options and defaults.")

    @Argument(help: "A kind, such as backbone, head or optimizer. (default: all)")
    var kind: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let all = tool.registry.descriptions()
        let shown = all.filter { kind == nil || $0.kind == kind }
        if let kind, shown.isEmpty {
            let kinds = Set(all.map(\.kind)).sorted().joined(separator: ", ")
            throw ValidationError("There is no kind '\(kind)'. Known: \(kinds)")
        }
        if json { return try tool.console.print(json: shown) }
        for (index, component) in shown.enumerated() {
            if index == 0 || shown[index - 1].kind != component.kind {
                tool.console.print(index == 0 ? component.kind : "\n\(component.kind)")
            }
            tool.console.print("  \(component.name): \(component.summary)")
            for option in component.options.entries ?? [] {
                tool.console.print("      \(option.key): \(option.value.flowText)")
            }
        }
    }
}
