import NNLayers
import Testing
import Training

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
                emu                   0    0    0         -
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

    @Test func mergesAndResets() {
        var first = matrix()
        first.merge(matrix())
        #expect(first.count(label: 0, prediction: 1) == 2)
        first.reset()
        #expect(first.values.isEmpty)
    }
}
