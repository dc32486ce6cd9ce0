@_spi(Internal) import NNDatasets
import NNLayers

extension Predictor {
    /// Finds which parts of an image speak for a class by Grad-CAM, see ``ExplanationMethod/gradCAM(stage:)``.
    /// - Parameters:
    ///   - image: The image, of any size.
    ///   - name: The name of the image in errors.
    ///   - index: The class; by default the predicted one, of several the most likely, of a segmenter that of the most
    ///     pixels.
    ///   - stage: The index of the feature map among those of the backbone; by default the last one, for which the head
    ///     alone is recorded. For others, the whole network is.
    /// - Throws: As ``explain(_:name:class:by:)``.
    public func gradCAM(
        of image: Image, name: String = "the image", class index: Int? = nil, stage: Int? = nil
    ) throws -> Explanation {
        try explain(image, name: name, class: index, by: .gradCAM(stage: stage))
    }

    /// Finds which parts of an image speak for a class by hiding them, see ``ExplanationMethod/occlusion(patch:stride:)``.
    /// - Parameters:
    ///   - image: The image, of any size.
    ///   - name: The name of the image in errors.
    ///   - index: The class; by default the predicted one, of several the most likely, of a segmenter that of the most
    ///     pixels.
    ///   - patch: The side of the square in pixels of the transformed image; by default 32, or a quarter of the shorter side
    ///     where that is less.
    ///   - stride: The distance from one square to the next; by default half of `patch`.
    /// - Throws: As ``explain(_:name:class:by:)``.
    public func occlusion(
        of image: Image, name: String = "the image", class index: Int? = nil, patch: Int? = nil, stride: Int? = nil
    ) throws -> Explanation {
        try explain(image, name: name, class: index, by: .occlusion(patch: patch, stride: stride))
    }

    /// Finds which parts of an image speak for a class.
    ///
    /// The network sees the image as in prediction; what is found is carried back through resizing, crops and padding.
    /// Segmenters see it as a whole, without windows.
    /// - Parameters:
    ///   - image: The image, of any size.
    ///   - name: The name of the image in errors.
    ///   - index: The class; by default the predicted one, of several the most likely, of a segmenter that of the most
    ///     pixels.
    ///   - method: Grad-CAM by default.
    /// - Throws: `OptionError` as ``checkExplanation(class:by:)``; `ImageError` for an image that the transforms or the
    ///   network do not accept, that is too small for the method, of which a segmenter predicts no pixel as the class, or
    ///   whose logits are not finite.
    public func explain(
        _ image: Image, name: String = "the image", class index: Int? = nil, by method: ExplanationMethod = .gradCAM()
    ) throws -> Explanation {
        try checkExplanation(class: index, by: method)
        let placed = try PlacedImage(image, name: name, transforms: transforms)
        try checkChannels(of: placed.image, name: name)
        if task.isDense, placed.image.size.area > InferenceOptions.largestWhole.area {
            throw ImageError(
                file: name,
                reason: "it has \(placed.image.size) pixels; at most \(InferenceOptions.largestWhole) are explained",
                remedy: "Resize it, or cut out a part of it")
        }
        let pixels = data.normalization.tensor(of: placed.image, as: precision.dataType)
        try inputs.check(prepared, takes: pixels, precision: precision, name: name)
        let subject = ExplanationSubject(task: task, index: index, shown: placed.shown, name: name, data: data)
        let found: ExplanationMap
        switch method {
        case .gradCAM(let stage):
            guard let network = network as? Network else { trap("explain: Grad-CAM needs a Network") }
            found = try GradCAM(network: network, stage: stage, precision: precision).map(of: pixels, subject)
        case .occlusion(let patch, let stride):
            found = try Occlusion(network: prepared, patch: patch, stride: stride, precision: precision)
                .map(of: pixels, subject)
        }
        let values = placed.onOriginal(found.values, found.grid)
        return Explanation(
            method: method, map: Tensor(values, shape: [image.height, image.width]), classIndex: found.classIndex,
            className: data.className(found.classIndex), score: found.score, probability: found.probability)
    }

    /// Checks, before any image, whether predictions of the network can be explained.
    /// - Parameters:
    ///   - index: The class; nil for the predicted one.
    ///   - method: The method with its options.
    /// - Throws: `OptionError` for a network without classes, such as one for regression; for a class, stage, patch or stride
    ///   that cannot be; and for Grad-CAM of a quantized network, or of one that is no `Network`.
    public func checkExplanation(class index: Int? = nil, by method: ExplanationMethod = .gradCAM()) throws(OptionError)
    {
        guard task.labels != .values else {
            throw OptionError("task", "is \(task.rawValue), which predicts numbers; only classes are explained")
        }
        let count = data.classNames.count
        if let index, index < 0 || count > 0 && index >= count {
            throw OptionError("class", "must be from 0 to \(max(count - 1, 0)), not \(index)")
        }
        switch method {
        case .gradCAM(let stage): try checkGradCAM(stage)
        case .occlusion(let patch, let stride):
            if let patch { try OptionError.check("patch", patch, .size) }
            guard let stride else { return }
            try OptionError.check("stride", stride, .size)
            if let patch, stride > patch {
                throw OptionError(
                    "stride", "must be at most the patch of \(patch), so that no pixel is left out, not \(stride)")
            }
        }
    }

    private func checkGradCAM(_ stage: Int?) throws(OptionError) {
        guard let network = network as? Network else {
            throw OptionError("method", "must be occlusion for a network that is no backbone with a head")
        }
        guard network.quantization.isEmpty else {
            throw OptionError(
                "method",
                "is Grad-CAM, which needs gradients, and a quantized network has none; use occlusion, or the run that "
                    + "was quantized")
        }
        let features = network.backbone.features
        guard let stage, !features.indices.contains(stage) else { return }
        let list = features.enumerated().map { "\($0) (\($1.channels) channels, stride \($1.stride))" }
        throw OptionError("stage", "must be one of the backbone's: \(list.joined(separator: ", ")), not \(stage)")
    }
}

/// A map on a grid over the prepared image, with the class that it is about.
struct ExplanationMap {
    var values: [Float]
    var grid: Size
    var classIndex: Int
    var score: Float
    var probability: Float
}

/// What is explained: a class of an image, or of the pixels that are predicted as it.
struct ExplanationSubject {
    let task: PredictionTask
    /// The class; nil for the predicted one.
    let index: Int?
    /// 1 for each pixel of the prepared image that shows the original.
    let shown: [Float]
    /// The name of the image in errors.
    let name: String
    let data: DataDescription

    /// A class, and for a segmenter the share of each pixel in its mean: float32 `[1, H, W, 1]`.
    struct Target {
        var classIndex: Int
        var weights: Tensor?
    }

    /// The class to explain.
    /// - Parameter logits: `[1, classes]` or `[1, H, W, classes]`
    /// - Throws: `ImageError` for logits that are not finite, and a class that no pixel is predicted as.
    func target(_ logits: Tensor) throws -> Target {
        let logits = logits.detached.cast(to: .float32)
        guard logits.sumOfSquares.isFinite else {
            throw ImageError(
                file: name, reason: "the network's logits are not finite, so that nothing can be explained",
                remedy: "Check the network by 'nn eval'; in bf16, try fp32")
        }
        let predictions = Predictions(logits: logits, task: task)
        let count = predictions.classCount
        if let index { try checkClass(index, count) }
        guard task.isDense else {
            if let index { return Target(classIndex: index) }
            let values = task.labels == .flags ? predictions.values.floats : predictions.probabilities.floats
            return Target(classIndex: values.indices.max { values[$0] < values[$1] } ?? 0)
        }
        let classes = predictions.classes.scalars(as: Int32.self).map { Int($0) }
        var areas = [Int](repeating: 0, count: count)
        for (pixel, index) in classes.enumerated() where shown[pixel] > 0 { areas[index] += 1 }
        let index = index ?? areas.indices.max { areas[$0] < areas[$1] } ?? 0
        guard areas[index] > 0 else {
            let found = areas.indices.filter { areas[$0] > 0 }.sorted { areas[$0] > areas[$1] }
            throw ImageError(
                file: name, reason: "no pixel is predicted as '\(data.className(index))'",
                remedy: "Name a class that is found: \(found.prefix(8).map(data.className).joined(separator: ", "))")
        }
        let share = 1 / Float(areas[index])
        let weights = classes.indices.map { classes[$0] == index && shown[$0] > 0 ? share : 0 }
        return Target(classIndex: index, weights: Tensor(weights, shape: [1, logits.shape[1], logits.shape[2], 1]))
    }

    private func checkClass(_ index: Int, _ count: Int) throws(OptionError) {
        guard index >= count else { return }
        throw OptionError("class", "must be from 0 to \(count - 1), not \(index)")
    }

    /// The logit of a class for each image: `[N]` float32, of a segmenter the mean over pixels.
    /// - Parameter logits: `[N, classes]` or `[N, H, W, classes]`, of one logit for two classes that of class 1.
    func score(_ logits: Tensor, _ target: Target) -> Tensor {
        let logits = logits.cast(to: .float32)
        let isBinary = logits.shape[-1] == 1 && task.labels == .classes
        let first = isBinary ? 0 : target.classIndex
        let own = logits.slice(axis: logits.rank - 1, range: first..<first + 1)
        let signed = isBinary && target.classIndex == 0 ? -own : own
        return mean(signed, target)
    }

    /// The probability of a class for each image: `[N]` float32, of a segmenter the mean over pixels.
    func probability(_ logits: Tensor, _ target: Target) -> Tensor {
        let predictions = Predictions(logits: logits, task: task)
        let all = task.labels == .flags ? predictions.values : predictions.probabilities
        return mean(all.slice(axis: all.rank - 1, range: target.classIndex..<target.classIndex + 1), target)
    }

    private func mean(_ values: Tensor, _ target: Target) -> Tensor {
        guard let weights = target.weights else { return values.reshaped([values.shape[0]]) }
        return (values * weights).sum(axes: [1, 2, 3])
    }
}
