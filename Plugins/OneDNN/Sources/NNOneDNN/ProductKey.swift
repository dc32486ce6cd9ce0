import CNNOneDNN
import NNCore

/// Everything that the code of a product of matrices depends on.
struct ProductKey: Hashable {
    let product: MatrixProduct
    let leftType: DataType
    let rightType: DataType
    let hasBias: Bool

    /// Asks oneDNN for a plan of the product; nil where it has none.
    func makePlan(_ runtime: OneDNNRuntime) -> PrimitivePlan? {
        let library = runtime.library
        let (b, m, n, k) = (product.batch, product.rows, product.columns, product.inner)
        func matrices(_ rows: Int, _ columns: Int, transposed: Bool, _ type: DataType) -> MemoryDescriptor {
            MemoryDescriptor(
                [b, rows, columns], strides: transposed ? [rows * columns, 1, rows] : [rows * columns, columns, 1],
                dataType: type, library)
        }
        let left = matrices(m, k, transposed: product.transposesLeft, leftType)
        let right = matrices(k, n, transposed: product.transposesRight, rightType)
        let result = matrices(m, n, transposed: false, product.dataType)
        let bias = hasBias ? MemoryDescriptor([1, 1, n], strides: [n, n, 1], dataType: .float32, library) : nil
        guard let attributes = PrimitiveAttributes(library) else { return nil }
        return PrimitivePlan(library) {
            library.functions.plan_product(
                &$0, runtime.engine, left.handle, right.handle, bias?.handle, result.handle, attributes.handle)
        }
    }

    /// What a primitive of the key is given, in the order in which it is executed.
    var arguments: [PrimitiveArgument] {
        var arguments: [PrimitiveArgument] = [
            (onednn_argument_source, onednn_query_source, 0), (onednn_argument_weights, onednn_query_weights, 0),
            (onednn_argument_result, onednn_query_result, 0),
        ]
        if hasBias { arguments.append((onednn_argument_bias, onednn_query_weights, 1)) }
        return arguments
    }
}
