import NNLayers

// What the transforms do that validation can have: the same to every image.

extension Resize {
    public var preparation: [ImagePreparation]? {
        let filter = ImagePreparation.Filter(interpolation: interpolation.rawValue, antialias: antialias)
        return [keepsAspectRatio ? .resizeShorterSide(size.size.height, filter) : .resize(size.size, filter)]
    }
}

extension CenterCrop {
    public var preparation: [ImagePreparation]? { [.centerCrop(size.size)] }
}

extension Pad {
    public var preparation: [ImagePreparation]? {
        if let size { return [.pad(size.size, isCentered: isCentered, fill: fill)] }
        return divisor.map { [.padToMultiple(of: $0, isCentered: isCentered, fill: fill)] }
    }
}

extension Grayscale {
    public var preparation: [ImagePreparation]? {
        probability == 1 ? [.grayscale] : probability == 0 ? [] : nil
    }
}

extension ToBGR {
    public var preparation: [ImagePreparation]? { [.exchangeRedAndBlue] }
}
