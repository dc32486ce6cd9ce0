// Trains a segmenter on images and masks in folders, saves it, loads it, and predicts the mask of an image:
//     Library path/to/data image.jpg
import Foundation
import NNDatasets

guard CommandLine.arguments.count == 3 else { fatalError("Usage: Library DATA IMAGE") }
let data = try MaskFolders(path: CommandLine.arguments[1], classCount: 19)

let network = makeNetwork(classes: 19)
print(network)
try train(network, on: data)
try network.save(to: URL(filePath: "segmenter.safetensors"))

let loaded = makeNetwork(classes: 19)
try loaded.load(from: URL(filePath: "segmenter.safetensors"))
try predict(URL(filePath: CommandLine.arguments[2]), with: loaded, to: URL(filePath: "mask.png"))
