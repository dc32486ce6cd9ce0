import Testing

@_spi(Text) @testable import NNLayers

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("resnet-cifar", "resnet_cifar"), ("RESNET", "resnet"), ("resent", "resnet"), ("adm", "adam"),
        ("adam_w", "adamw"), ("resnet_cifar10", "resnet_cifar"), ("transformer", nil), ("", nil), ("x", nil),
    ])
    func find(name: String, expected: String?) {
        let names = ["resnet", "resnet_cifar", "adam", "adamw", "vovnet"]
        #expect(NearestName.find(name, among: names) == expected)
    }

    @Test func aTieGoesToTheFirstInTheAlphabet() {
        #expect(NearestName.find("bat", among: ["cat", "bad"]) == "bad")
    }

    @Test(arguments: [("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1), ("abcd", "acbd", 1)])
    func distance(left: String, right: String, expected: Int) {
        #expect(NearestName.distance(Array(left), Array(right)) == expected)
        #expect(NearestName.distance(Array(right), Array(left)) == expected)
    }
}
