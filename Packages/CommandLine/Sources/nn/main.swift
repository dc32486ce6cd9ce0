import CommandLine
import NNLayers

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
#if ONNX
plugins.append(ONNXPlugin())
#endif

NN.main(plugins: plugins)
