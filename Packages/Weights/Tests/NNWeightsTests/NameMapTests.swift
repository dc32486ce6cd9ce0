import NNLayers
import Testing

@_spi(Internal) @testable import NNWeights

@Suite struct NameMapTests {
    private let map = """
        batch_norm_epsilon = 1e-3   # as in Keras
        block{b}_conv{c}/kernel:0   backbone.block{b-1}.{c}.weight   hwio
        fc.*                        head.linear.*
        *.num_batches_tracked       -
        layer*.conv*                backbone.*|*
        """

    @Test(arguments: [
        ("block12_conv3/kernel:0", NameMap.Target.name("backbone.block11.3.weight", .hwio)),
        ("fc.weight", .name("head.linear.weight", .asIs)), ("bn1.num_batches_tracked", .leftOut),
        ("layer1.0.conv2.weight", .name("backbone.1.0|2.weight", .asIs)), ("bn1.weight", .unknown),
        ("block_conv3/kernel:0", .unknown), ("block1_conv3/kernel:00", .unknown),
    ])
    func findsTheFirstLineThatFits(name: String, target: NameMap.Target) throws {
        #expect(try NameMap(map).target(of: name) == target)
    }

    @Test func readsWhatTheNetworkNeeds() throws {
        #expect(try NameMap(map).settings() == [NetworkSetting("batch_norm_epsilon", "1e-3")])
        #expect(try NameMap("a b").settings().isEmpty)
        #expect(try NameMap("a b").input == nil)
        let more = try NameMap(
            """
            backbone.residual = false
            backbone.residual = true  if  *.attn.*
            input.mean = 0.1,0.2,0.3
            input.standard_deviation = 0.4,0.5,1
            input.channels = bgr
            """)
        #expect(more.settings(for: ["a.b"]) == [NetworkSetting("backbone.residual", "false")])
        #expect(more.settings(for: ["a.b", "a.attn.b"]) == [NetworkSetting("backbone.residual", "true")])
        #expect(
            more.input == InputSettings(mean: [0.1, 0.2, 0.3], standardDeviation: [0.4, 0.5, 1], isBGR: true))
    }

    /// A value that only a line with something lost is for can be read and not written.
    @Test func exportsByTheFirstLineThatKeepsEverything() throws {
        let map = try NameMap("conv/kernel  w\nconv/*kernel*  w\nconv/*bias*  b")
        #expect(map.target(of: "conv/kernel:0") == .name("w", .asIs))
        #expect(map.origin(of: "w")?.name == "conv/kernel")
        #expect(map.origin(of: "b") == nil)
        #expect(map.line(for: "b") == "conv/*bias* b" && map.line(for: "c") == nil)
    }

    @Test(arguments: [
        ("a b\nc", 2, "found 1 words"), ("a b hwoi", 1, "did you mean 'hwio'"), ("{n}.a {m}.a", 1, "'{m}'"),
        ("*.a *.*", 1, "more '*'"), ("{n+1} a", 1, "a single letter"), ("{n a", 1, "expected '{n}'"),
        ("epsilon = 1", 1, "batch_norm_epsilon"), ("batch_norm_epsilon = no", 1, "above 0"),
        ("nested = maybe", 1, "true or false"), ("batch_norm_scale = 1", 1, "true or false"),
        ("backbone. = 1", 1, "unknown setting"), ("input.mean = 0.5,x", 1, "separated by commas"),
        ("input.standard_deviation = 0,1,1", 1, "above 0"), ("input.channels = gray", 1, "rgb or bgr"),
        ("backbone.a = b if {n", 1, "expected '{n}'"), ("a = b if c d", 1, "found 6 words"),
    ])
    func saysWhichLineIsWrong(text: String, line: Int, reason: String) throws {
        let error = #expect(throws: NameMapError.self) { try NameMap(text) }
        #expect(error?.line == line)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    /// A star may match where a later part does not: the pattern must try again further on.
    @Test func triesAgainAfterAStar() throws {
        let map = try NameMap("*conv{n} x{n}.*")
        #expect(map.target(of: "a.conv.conv7") == .name("x7.a.conv.", .asIs))
    }

    @Test(arguments: [
        ("backbone.block11.3.weight", "block12_conv3/kernel:0"), ("head.linear.weight", "fc.weight"),
        ("backbone.1.0|2.weight", "layer1.0.conv2.weight"),
    ])
    func findsTheNameInTheFile(name: String, origin: String) throws {
        #expect(try NameMap(map).origin(of: name)?.name == origin)
    }

    @Test func findsNoNameWhereTheTableHasLostIt() throws {
        #expect(try NameMap(map).origin(of: "neck.weight") == nil)
        #expect(try NameMap("a*.*  b.*").origin(of: "b.c") == nil)
        // The first line takes what the second would give.
        #expect(try NameMap("a.*  -\na.*  b.*").origin(of: "b.c") == nil)
    }

    @Test(arguments: WeightLayout.allCases)
    func layoutsGoBack(layout: WeightLayout) {
        let shape: Shape =
            switch layout {
            case .io: [3, 4]
            case .depthwiseHWIO: [3, 2, 5, 1]
            case .denseHWIO: [1, 1, 5, 4]
            case .asIs, .hwio: [3, 2, 5, 4]
            }
        let stored = Tensor((0..<shape.elementCount).map(Float.init), shape: shape)
        let converted = layout.converted(stored)
        #expect(converted.shape == layout.shape(of: shape))
        let restored = layout.restored(converted)
        #expect(restored?.shape == shape && restored?.floats == stored.floats)
    }

    @Test func layoutsRefuseWhatCannotBeOfThem() {
        #expect(WeightLayout.hwio.restored(.zeros([3, 4])) == nil)
        // How many filters each channel has cannot be told.
        #expect(WeightLayout.depthwiseHWIO.restored(.zeros([6, 2, 3, 3])) == nil)
    }

    @Test func windowsLineEndsAreLineEnds() throws {
        let map = try NameMap("# of Windows\r\na.*  b.*  # a comment\r\nlayer.*  c.*\r\n")
        #expect(map.rows.count == 2)
        #expect(map.target(of: "layer.x") == .name("c.x", .asIs))
    }

    @Test func numbersBeyondAllSenseAreNoNumbers() throws {
        let map = try NameMap("block_{n}/kernel  {n+1}.weight")
        #expect(map.target(of: "block_7/kernel") == .name("8.weight", .asIs))
        #expect(map.target(of: "block_\(Int.max)/kernel") == .unknown)
    }

    @Test func countsLayersThatKerasHasNumbered() throws {
        let map = try NameMap(
            """
            counted = conv2d
            conv2d_{n}/kernel:0    {n}
            """)
        let names = ["conv2d_7/kernel:0", "conv2d/kernel:0", "conv2d_10/kernel:0", "conv2d_x/kernel:0"]
        #expect(
            map.targets(of: names) == [.name("2", .asIs), .name("1", .asIs), .name("3", .asIs), .unknown])
    }

    @Test func looksIntoNetworksWithinNetworks() throws {
        let lines = "conv1/*    x.*"
        #expect(try NameMap(lines).target(of: "model/resnet/conv1/bias") == .unknown)
        let map = try NameMap("nested = true\n" + lines)
        #expect(map.target(of: "model/resnet/conv1/bias") == .name("x.bias", .asIs))
        #expect(map.target(of: "model/conv2/bias") == .unknown)
    }

    @Test func everyRegisteredTableCanBeRead() throws {
        let registry = try Registry(plugins: [WeightsPlugin()])
        let names = registry.names(of: .nameMap)
        #expect(names.contains("torchvision_resnet") && names == NameMap.builtIn.map(\.name))
        for name in names {
            let map = try registry.build(.nameMap, from: ConfigNode(.string(name)))
            #expect(!map.rows.isEmpty && map.name == name, "\(name)")
        }
    }
}
