/// Lines for layers of Keras, with the names of all its versions: `conv1/kernel:0` of Keras 2, `conv1/kernel` of
/// Keras 3, and `conv1/conv1_W_1:0` of Keras 1.
extension NameTable {
    /// Lines for a convolution.
    /// - Parameters:
    ///   - layer: Keras's name of it.
    ///   - name: Ours, in the backbone.
    static func convolution(_ layer: String, _ name: String) -> String {
        """
        \(layer)/*kernel*   backbone.\(name).weight   hwio
        \(layer)/*_W*       backbone.\(name).weight   hwio
        \(layer)/*bias*     backbone.\(name).bias
        \(layer)/*_b*       backbone.\(name).bias

        """
    }

    /// A line for a depthwise convolution.
    static func depthwise(_ layer: String, _ name: String) -> String {
        "\(layer)/*kernel*   backbone.\(name).weight   depthwise_hwio\n"
    }

    /// Lines for a separable convolution.
    static func separable(_ layer: String, depthwise: String, pointwise: String) -> String {
        """
        \(layer)/*depthwise_kernel*   backbone.\(depthwise).weight   depthwise_hwio
        \(layer)/*pointwise_kernel*   backbone.\(pointwise).weight   hwio

        """
    }

    /// Lines for a batch norm. What Keras 1 calls `running_std` is a variance.
    static func batchNorm(_ layer: String, _ name: String) -> String {
        """
        \(layer)/*gamma*         backbone.\(name).weight
        \(layer)/*beta*          backbone.\(name).bias
        \(layer)/*_mean*         backbone.\(name).running_mean
        \(layer)/*_variance*     backbone.\(name).running_var
        \(layer)/*running_std*   backbone.\(name).running_var

        """
    }

    /// Lines for the last dense layer under some names, one a version.
    static func classifier(_ layers: String...) -> String {
        layers.map {
            """
            \($0)/*kernel*   head.fc.weight   io
            \($0)/*_W*       head.fc.weight   io
            \($0)/*bias*     head.fc.bias
            \($0)/*_b*       head.fc.bias

            """
        }.joined()
    }
}
