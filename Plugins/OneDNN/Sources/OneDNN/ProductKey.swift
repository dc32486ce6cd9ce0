#if OneDNN
import COneDNN
import NNCore

/// Everything that the code of a product of matrices depends on.
struct ProductKey: Hashable {
    let product: MatrixProduct
    let leftType: DataType
    let rightType: DataType
    let hasBias: Bool

    /// Compiles the product; nil where oneDNN has no fast code for it.
    func makePrimitive(_ runtime: OneDNNRuntime) -> Primitive? {
        let library = runtime.library
        let (b, m, n, k) = (product.batch, product.rows, product.columns, product.inner)
        func matrices(_ rows: Int, _ columns: Int, transposed: Bool, _ type: DataType) -> dnnl_memory_desc_t {
            .dense(
                [b, rows, columns],
                strides: transposed ? [rows * columns, 1, rows] : [rows * columns, columns, 1],
                dataType: type, library: library)
        }
        var left = matrices(m, k, transposed: product.transposesLeft, leftType)
        var right = matrices(k, n, transposed: product.transposesRight, rightType)
        var result = matrices(m, n, transposed: false, product.dataType)
        var bias = dnnl_memory_desc_t.dense([1, 1, n], strides: [n, n, 1], dataType: .float32, library: library)
        var operation = dnnl_matmul_desc_t()
        let status =
            hasBias
            ? withUnsafePointer(to: &bias) { library.matmul(&operation, &left, &right, $0, &result) }
            : library.matmul(&operation, &left, &right, nil, &result)
        var descriptor: dnnl_primitive_desc_t?
        guard status == dnnl_success, let attributes = PrimitiveAttributes(library),
            library.primitiveDescriptorCreate(&descriptor, &operation, attributes.handle, runtime.engine, nil)
                == dnnl_success,
            let descriptor
        else { return nil }
        var arguments = [
            (DNNL_ARG_SRC, dnnl_query_src_md, Int32(0)), (DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0),
            (DNNL_ARG_DST, dnnl_query_dst_md, 0),
        ]
        if hasBias { arguments.append((DNNL_ARG_BIAS, dnnl_query_weights_md, 1)) }
        return Primitive(descriptor, arguments: arguments, runtime: runtime)
    }
}
#endif
