"""Writes archives as Keras 3 saves models, and some that are none, from the HDF5 files beside them.

    python Tests/Fixtures/make_keras_archives.py

Needs Python alone; make_keras_files.py writes the HDF5 files.
"""

import json
import os
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../Plugins/Keras/Tests/NNKerasTests/Fixtures")


def write(name, files, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(os.path.join(FOLDER, name), "w", method) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content, method)


def main():
    with open(os.path.join(FOLDER, "keras3_whole.weights.h5"), "rb") as file:
        weights = file.read()
    model = {
        "metadata.json": json.dumps({"keras_version": "3.5.0", "date_saved": "2024-08-01@12:00:00"}),
        "config.json": json.dumps({"module": "keras", "class_name": "Functional", "config": {}}),
    }
    write("keras3.keras", {**model, "model.weights.h5": weights})
    write("keras3_deflated.keras", {"model.weights.h5": weights, **model}, zipfile.ZIP_DEFLATED)
    write("no_weights.keras", model)
    write("sharded.keras", {**model, "model.weights.json": "{}", "model_00000.weights.h5": weights[:96]})
    write("cut_weights.keras", {**model, "model.weights.h5": weights[:-1]})
    write("other.zip", {"arr_0.npy": b"\x93NUMPY"})
    # A megabyte of zeros in a thousand bytes.
    write("zeros.keras", {**model, "model.weights.h5": bytes(1 << 20)}, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
