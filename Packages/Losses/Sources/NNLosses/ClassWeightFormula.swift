import Foundation
import NNLayers

/// A formula of class weights from the number of labels of each class in the training samples, images or pixels.
///
/// With n the labels of a class and p = n / (all labels). A class without labels has the weight 0, as nothing can be
/// learned of it, unless the formula says otherwise.
public enum ClassWeightFormula: String, Codable, Hashable, Sendable, CaseIterable {
    /// The same as `median_frequency`.
    case auto
    /// (median of f over the classes that occur) / f, where f is n divided by all labels of the images with the class, as
    /// Eigen and Fergus (2015) and SegNet (Badrinarayanan et al. 2017): a class of few images is not rare for that. For
    /// labels of whole images f is p.
    case medianFrequency = "median_frequency"
    /// 1 / (p times the number of classes that occur): the labels of each class have the same total weight.
    case inverseFrequency = "inverse_frequency"
    /// 1 / ln(1.02 + p), from 1.4 to 50.5 (ENet, Paszke et al. 2016); 50.5 for a class that never occurs.
    case enet
    /// (1 - b) / (1 - b^n) with b = 0.9999, scaled to a mean of 1 over the classes that occur (Cui et al.
    /// 2019, where the sum is the number of classes, which is the same if all occur). Made for numbers of images: it saturates beyond 100,000 labels.
    case effectiveNumber = "effective_number"

    /// The weight of each class.
    /// - Parameters:
    ///   - counts: The number of labels of each class.
    ///   - imageTotals: For each class, the number of all labels of the images in which it occurs, for
    ///     ``medianFrequency``; nil, the default, for labels of whole images.
    public func weights(ofCounts counts: [Int], imageTotals: [Int]? = nil) -> [Float] {
        require(
            imageTotals == nil || imageTotals?.count == counts.count,
            "ClassWeightFormula: \(imageTotals?.count ?? 0) totals for \(counts.count) classes")
        let total = Double(counts.reduce(0, +))
        var parts = counts.map { total > 0 ? Double($0) / total : 0 }
        if let imageTotals, [.auto, .medianFrequency].contains(self) {
            parts = zip(counts, imageTotals).map { $1 > 0 ? Double($0) / Double($1) : 0 }
        }
        let occurring = parts.filter { $0 > 0 }.sorted()
        func inverse(_ number: Double) -> [Double] { parts.map { $0 > 0 ? number / $0 : 0 } }
        let weights: [Double]
        switch self {
        case .auto, .medianFrequency:
            let middle = occurring.count / 2
            let median =
                occurring.isEmpty
                ? 0 : occurring.count % 2 == 1 ? occurring[middle] : (occurring[middle - 1] + occurring[middle]) / 2
            weights = inverse(median)
        case .inverseFrequency:
            weights = inverse(1 / Double(Swift.max(occurring.count, 1)))
        case .enet:
            weights = parts.map { 1 / log(1.02 + $0) }
        case .effectiveNumber:
            let beta = 0.9999
            // expm1 keeps the digits of 1 - b^n for small n.
            let raw = counts.map { $0 > 0 ? (1 - beta) / -expm1(Double($0) * log(beta)) : 0 }
            let mean = raw.reduce(0, +) / Double(Swift.max(occurring.count, 1))
            weights = raw.map { mean > 0 ? $0 / mean : 0 }
        }
        return weights.map { Float($0) }
    }
}
