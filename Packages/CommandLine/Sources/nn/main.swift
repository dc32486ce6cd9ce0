import NNLayers
import NNTool

#if BFloat16
import NNBFloat16
#endif
#if Keras
import NNKeras
#endif
#if MPI
import NNMPI
#endif
#if OneDNN
import NNOneDNN
#endif
#if ONNX
import NNONNX
#endif
#if TensorBoard
import NNTensorBoard
#endif
#if TIFF
import NNTIFF
#endif
#if WebP
import NNWebP
#endif
#if Winograd
import NNWinograd
#endif

var plugins: [any Plugin] = NN.standardPlugins
#if OneDNN
plugins.append(OneDNNPlugin())
#endif
#if Keras
plugins.append(KerasPlugin())
#endif
#if ONNX
plugins.append(ONNXPlugin())
#endif
#if TensorBoard
plugins.append(TensorBoardPlugin())
#endif
#if TIFF
plugins.append(TIFFPlugin())
#endif
#if WebP
plugins.append(WebPPlugin())
#endif
#if Winograd
plugins.append(WinogradPlugin())
#endif
#if BFloat16
plugins.append(BFloat16Plugin())
#endif
#if MPI
plugins.append(MPIPlugin())
#endif

NN.main(plugins: plugins)
