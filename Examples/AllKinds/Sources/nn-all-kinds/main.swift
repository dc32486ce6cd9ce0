import AllKinds
import NNOneDNN
import NNTool

NN.main(plugins: NN.standardPlugins + [OneDNNPlugin(), AllKindsPlugin()])
