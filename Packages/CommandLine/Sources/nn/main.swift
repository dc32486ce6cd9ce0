import CommandLine
import NNLayers

#if Keras
import Keras
#endif
#if OneDNN
import OneDNN
#endif
#if ONNX
import ONNX
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
