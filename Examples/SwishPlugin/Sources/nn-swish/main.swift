import NNTool
import NNOneDNN
import SwishPlugin

NN.main(plugins: NN.standardPlugins + [OneDNNPlugin(), SwishPlugin()])
