import NNLayers
import Testing
import NNInference

@Suite struct ConfusionMatrixTests {
    private func matrix() -> ConfusionMatrix {
        var matrix = ConfusionMatrix(classNames: ["cat", "dog", "emu"], ignoreIndex: 255)
        matrix.update(
            predictions([0, 1, 1, 2, 0], classCount: 3, shape: [5]), labels: Tensor([0, 0, 1, 255, 1] as [Int32]))
        return matrix
    }

    @Test func countsByLabelAndPrediction() {
        let matrix = matrix()
        let counts = (0..<3).map { label in (0..<3).map { matrix.count(label: label, prediction: $0) } }
        #expect(counts == [[1, 1, 0], [1, 1, 0], [0, 0, 0]])
        #expect(matrix.recalls == [0.5, 0.5, nil])
        #expect(matrix.values == [MetricValue("balanced_accuracy", 50, unit: .percent, mode: .max)])
    }

    @Test func showsATable() {
        #expect(
            matrix().report == """
                label \\ prediction  cat  dog  emu  recall %
                ------------------  ---  ---  ---  --------
                cat                   1    1    0     50.00
                dog                   1    1    0     50.00
                emu                   0    0    0         —
                """)
        #expect(ConfusionMatrix(classNames: ["a"]).report == nil)
    }

    @Test func listsTheMostFrequentMistakesOfManyClasses() {
        var matrix = ConfusionMatrix(classNames: (0..<30).map { "class \($0)" })
        matrix.update(
            predictions([3, 3, 4, 9, 5], classCount: 30, shape: [5]), labels: Tensor([7, 7, 2, 9, 1] as [Int32]))
        #expect(
            matrix.report == """
                label    predicted as  times
                -------  ------------  -----
                class 7  class 3           2
                class 1  class 5           1
                class 2  class 4           1
                """)
    }

    @Test func resets() {
        var matrix = matrix()
        matrix.reset()
        #expect(matrix.values.isEmpty)
    }

    @Test func writesCSV() {
        #expect(
            matrix().csv == """
                label \\ prediction,cat,dog,emu
                cat,1,1,0
                dog,1,1,0
                emu,0,0,0

                """)
        let odd = ConfusionMatrix(classNames: ["a, b", "say \"c\""])
        #expect(odd.csv.hasPrefix("label \\ prediction,\"a, b\",\"say \"\"c\"\"\"\n\"a, b\",0,0\n"))
    }

    /// Cells are the darker the more of their row they hold.
    @Test func drawsAPicture() throws {
        var matrix = ConfusionMatrix(classNames: ["cat", "dog"])
        matrix.update(
            predictions([0, 0, 0, 0, 1], classCount: 2, shape: [5]), labels: Tensor([0, 0, 0, 1, 1] as [Int32]))
        let image = matrix.image()
        // The first pixel of the darkest colour is the corner of the first cell.
        let dark = try #require(
            (0..<image.height * image.width).first { position in
                image[position / image.width, position % image.width, 0] == 0x0B
            })
        /// Near the corner of a cell, where nothing is written.
        func red(_ row: Int, _ column: Int) -> UInt8 {
            image[dark / image.width + 2 + row * 52, dark % image.width + 2 + column * 52, 0]
        }
        #expect(red(0, 0) == 0x0B && red(0, 1) == 255)
        #expect(red(1, 0) == red(1, 1) && red(1, 0) == 133)
        // Long names are cut; the cells of more classes are smaller.
        let long = ConfusionMatrix(classNames: (0..<40).map { "class with a very long name \($0)" }).image()
        #expect((1200..<1440).contains(long.width) && (1200..<1440).contains(long.height))
        #expect(ConfusionMatrix(classNames: (0..<300).map { "\($0)" }).image().width < 1300)
    }
}
