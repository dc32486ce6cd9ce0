import CommandLine
#if OneDNN
import OneDNN

NN.main(plugins: NN.standardPlugins + [OneDNNPlugin()])
#else
NN.main(plugins: NN.standardPlugins)
#endif
