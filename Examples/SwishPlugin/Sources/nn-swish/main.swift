import CommandLine
import OneDNN
import SwishPlugin

NN.main(plugins: NN.standardPlugins + [OneDNNPlugin(), SwishPlugin()])
