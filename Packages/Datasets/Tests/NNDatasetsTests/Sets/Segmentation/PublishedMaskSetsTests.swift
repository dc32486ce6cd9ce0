import Foundation
import NNLayers
import Testing

@testable import NNDatasets

/// The layouts of CamVid, PASCAL VOC, ADE20K and Cityscapes, with images of six pixels.
@Suite struct PublishedMaskSetsTests {
    let folder: TemporaryFolder
    var path: String { folder.url.path }

    init() throws { folder = try TemporaryFolder() }

    @Test func camVidHasFolders() throws {
        try folder.writePair("train/a.png", "trainannot/a.png", labels: [10, 11])
        try folder.writePair("train/b.png", "trainannot/b.png", labels: [12])
        try folder.writePair("val/c.png", "valannot/c.png", labels: [3])
        var options = CamVid.Options()
        options.path = path
        let dataset = try options.dataset(.train)
        #expect(dataset.count == 2 && dataset.ignoreIndex == 11)
        #expect(dataset.classNames.count == 11 && dataset.classNames[3] == "road")
        #expect(dataset.classColors.count == 11 && dataset.classColors[3] == Color(red: 128, green: 64, blue: 128))
        #expect(try dataset.labelCounts(at: 0) == [0: 4, 10: 1])
        #expect(failure { _ = try dataset.sample(at: 1) }?.contains("the label 12") == true)
        #expect(try options.dataset(.validation).labelCounts(at: 0) == [0: 5, 3: 1])
        #expect(failure { _ = try options.dataset(.test) }?.contains("train, trainannot, val") == true)
    }

    @Test func camVidMayHaveLists() throws {
        try folder.writePair("train/a.png", "trainannot/a.png", labels: [1])
        try folder.writePair("train/b.png", "trainannot/b.png", labels: [2])
        try folder.write("/SegNet/CamVid/train/b.png /SegNet/CamVid/trainannot/b.png\r\n", to: "train.txt")
        var options = CamVid.Options()
        options.path = path
        let dataset = try options.dataset(.train)
        #expect(dataset.count == 1)
        #expect(try dataset.labels(at: 0)[0] == 2)
    }

    /// Lists of the augmented set name both files of each sample, from the root on.
    @Test(arguments: [
        "/JPEGImages/a.jpg /SegmentationClassAug/a.png", "JPEGImages/a.jpg SegmentationClassAug/a.png", "a 1", "a.jpg",
        "/JPEGImages/a.jpg",
    ])
    func vocHasListsOfPaths(line: String) throws {
        try folder.writePair("JPEGImages/a.jpg", "SegmentationClassAug/a.png", labels: [7])
        try folder.write("\(line)\n", to: "ImageSets/Segmentation/train_aug.txt")
        let dataset = try PascalVOC(path: path, train: "train_aug", masks: "SegmentationClassAug")
        #expect(try dataset.labelCounts(at: 0) == [0: 5, 7: 1])
    }

    @Test func vocHasListsAndBorders() throws {
        for name in ["2007_1", "2007_2"] {
            try folder.writePair("JPEGImages/\(name).jpg", "SegmentationClass/\(name).png", labels: [20, 255, 15])
        }
        try folder.write("2007_1\n2007_2\n", to: "ImageSets/Segmentation/train.txt")
        try folder.write("2007_2\r\n", to: "ImageSets/Segmentation/val.txt")
        var options = PascalVOC.Options()
        options.path = path
        let dataset = try options.dataset(.train)
        #expect(dataset.count == 2 && dataset.classNames.count == 21 && dataset.ignoreIndex == 255)
        #expect(dataset.classNames[15] == "person" && dataset.classColors[15] == Color(red: 192, green: 128, blue: 128))
        #expect(try dataset.labelCounts(at: 0) == [0: 3, 15: 1, 20: 1])
        #expect(try options.dataset(.validation).count == 1)

        options.borderClass = true
        let bordered = try options.dataset(.validation)
        #expect(bordered.classNames.count == 22 && bordered.classNames[21] == "border")
        #expect(bordered.classColors.count == 22)
        #expect(try bordered.labels(at: 0) == [20, 21, 15, 0, 0, 0])
        try folder.writeMask("SegmentationClass/2007_2.png", labels: [21])
        #expect(failure { _ = try bordered.sample(at: 0) }?.contains("the label 21") == true)
        options.train = "train_aug"
        #expect(failure { _ = try options.dataset(.train) }?.contains("train_aug.txt: it cannot") == true)
    }

    /// The number of an object is within the classes more often than not, so that only the folder tells.
    @Test(arguments: ["SegmentationObject", "SegmentationObject/", "masks/segmentationobject"])
    func vocRefusesMasksOfObjects(masks: String) throws {
        try folder.writePair("JPEGImages/a.jpg", "SegmentationObject/a.png", labels: [1, 2, 255])
        try folder.write("a\n", to: "ImageSets/Segmentation/train.txt")
        var options = PascalVOC.Options()
        options.path = path
        options.masks = masks
        let message = failure { try options.validate() }
        #expect(message?.contains("no classes; use SegmentationClass") == true, "\(message ?? "accepted")")
        options.masks = "SegmentationClass"
        try options.validate()
    }

    @Test func ade20KShiftsItsLabels() throws {
        try folder.writePair(
            "images/training/a.jpg", "annotations/training/a.png", labels: [0, 1, 150, 128, 128, 128])
        try folder.writePair("images/validation/b.jpg", "annotations/validation/b.png", labels: [151])
        var options = ADE20K.Options()
        options.path = path
        let dataset = try options.dataset(.train)
        #expect(dataset.classNames.count == 150 && dataset.classNames[0] == "1")
        #expect(try dataset.labels(at: 0) == [255, 0, 149, 127, 127, 127])
        #expect(try dataset.labelCounts(at: 0) == [0: 1, 127: 3, 149: 1])
        options.background = true
        let whole = try options.dataset(.train)
        #expect(whole.classNames.count == 151 && whole.classNames[0] == "other")
        #expect(try whole.labels(at: 0) == [0, 1, 150, 128, 128, 128])
        let wrong = try options.dataset(.validation)
        #expect(failure { _ = try wrong.sample(at: 0) }?.contains("the label 151. Labels are 0 to 150") == true)
    }

    @Test func ade20KNamesItsClasses() throws {
        try folder.writePair("images/training/a.png", "annotations/training/a.png", labels: [])
        var lines = (1...150).map { "\($0)\t0.1\t11\t22\t0\tthing \($0), object" }
        lines[4] = "5\t0.1\t11\t22\t0\tthing 4, other sense"
        let text = (["Idx\tRatio\tTrain\tVal\tStuff\tName"] + lines).joined(separator: "\r\n")
        try folder.write(text, to: "objectInfo150.txt")
        var options = ADE20K.Options()
        options.path = path
        let names = try options.dataset(.train).classNames
        #expect(names[3] == "thing 4" && names[4] == "thing 4, other sense" && names[149] == "thing 150")
        try folder.write((["Idx\tName"] + lines.prefix(9)).joined(separator: "\n"), to: "objectInfo150.txt")
        #expect(failure { _ = try options.dataset(.train) }?.contains("describes 9 classes") == true)
        try folder.write("Idx\tName\n1\ta\n3\tb\n", to: "objectInfo150.txt")
        #expect(failure { _ = try options.dataset(.train) }?.contains("txt:3: the line does not") == true)
    }

    @Test func cityscapesMapsLabelIDs() throws {
        let image = "leftImg8bit/train/bonn/bonn_000001_000019_leftImg8bit.png"
        let mask = "gtFine/train/bonn/bonn_000001_000019_gtFine_"
        try folder.writePair(image, mask + "labelIds.png", labels: [7, 33, 0, 255, 24, 9])
        try folder.writeMask(mask + "labelTrainIds.png", labels: [0, 18, 255, 255, 11, 255])
        try folder.writeMask(mask + "instanceIds.png", labels: [])
        var options = Cityscapes.Options()
        options.path = path
        for labels in Cityscapes.Labels.allCases {
            options.labels = labels
            let dataset = try options.dataset(.train)
            #expect(dataset.count == 1 && dataset.classNames.count == 19 && dataset.ignoreIndex == 255)
            #expect(dataset.classNames[11] == "person")
            #expect(try dataset.labels(at: 0) == [0, 18, 255, 255, 11, 255])
            #expect(try dataset.labelCounts(at: 0) == [0: 1, 11: 1, 18: 1])
        }
        try folder.writeMask(mask + "labelIds.png", labels: [34])
        options.labels = .labelIDs
        let dataset = try options.dataset(.train)
        #expect(failure { _ = try dataset.sample(at: 0) }?.contains("the label 34. Labels are 0 to 33") == true)
        #expect(failure { _ = try options.dataset(.test) }?.contains("leftImg8bit/val") == true)
    }
}
