import NNLayers
import NNTool

#if Keras
import NNKeras
#endif
#if OneDNN
import NNOneDNN
#endif
#if ONNX
import NNONNX
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

NN.main(plugins: plugins)
