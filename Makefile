# The two commands of the README are `make demo` and `make test`; the rest serves development.
# Each installs the system packages first, where any is missing.

SWIFT ?= swift
CLANG ?= clang
# oneDNN is a default-on trait, as the Keras, ONNX, TIFF, WebP, Winograd and BFloat16 plugins are; `make test MINIMAL=1` builds nn without them.
TRAITS := $(if $(MINIMAL),--disable-default-traits,)
NEEDS := pkg-config png jpeg tiff webp zip hdf5 blas? $(if $(MINIMAL),,onednn?)
# Debian's Swift lacks the library of what Testing adds beside Foundation; no test uses it.
TESTING := --disable-xctest --no-parallel -Xswiftc -Xfrontend -Xswiftc -disable-cross-import-overlays
RELEASE := $(SWIFT) build -c release $(TRAITS) --product nn
NN := .build/release/nn

.PHONY: demo test mpi-test sanitize soak fuzz test-large examples docs build setup lint format bench bench-quick bench-growth bench-video accuracy segmentation transfer papers-check onnx-check tensorboard-check \
	test-debian13 test-sid test-arm64 test-onednn check-arm64 clean

## Trains, evaluates and uses a small classifier on generated images; needs no data and three minutes.
demo: build
	NN=$(NN) Scripts/demo

## Every test, with the formatting check before it.
test: setup lint
	$(SWIFT) test -c release $(TRAITS) --scratch-path .build/tests $(TESTING)
	SWIFT="$(SWIFT)" Scripts/test-packages

## Every test under AddressSanitizer, the C code under UndefinedBehaviorSanitizer, and NNCore under ThreadSanitizer.
sanitize: setup
	SWIFT="$(SWIFT)" Scripts/sanitize address thread

## Tensors of more than 2^31 elements; needs 12 GiB of memory.
test-large: setup
	NN_LARGE_TESTS=1 $(SWIFT) test -c release $(TRAITS) --scratch-path .build/tests $(TESTING) --filter LargeTensorTests

## oneDNN against plain loops, 100,000 random calculations and all of the recipes: make soak CASES=... LIBRARIES="..."
soak: setup
	$(SWIFT) test -c release $(TRAITS) --scratch-path .build/tests $(TESTING) --filter NNOneDNNTests
	CASES="$(CASES)" LIBRARIES="$(LIBRARIES)" Scripts/soak

## Trains by several processes of mpirun, and lets them fail in every way; skipped where there is no mpirun. TESTS="dead full"
mpi-test:
	@if command -v mpirun >/dev/null || Scripts/setup mpi mpirun; then \
		$(SWIFT) build -c release --traits default,MPI --scratch-path .build/mpi --product nn && \
		NN=.build/mpi/release/nn Scripts/test-mpi $(TESTS); \
	else echo "skipped: there is no mpirun (Debian: openmpi-bin, libopenmpi-dev)"; fi

## Arbitrary bytes for every reader of files, with sanitizers; a million executions each: make fuzz RUNS=... TARGETS="png coco"
fuzz: setup
	SWIFT="$(SWIFT)" RUNS="$(RUNS)" Scripts/fuzz $(TARGETS)

## Builds and runs the example packages as their users do, by address and version.
examples: setup
	SWIFT="$(SWIFT)" Scripts/test-examples

## The reference of every library module as a static site in .build/docs; links that lead nowhere are errors.
docs: setup
	SWIFT="$(SWIFT)" Scripts/docs

build: setup
	$(RELEASE)

## Installs the system packages that are missing, and says so.
setup:
	@Scripts/setup $(NEEDS)

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Packages Plugins Tests Examples

format:
	$(SWIFT) format --in-place --recursive --parallel Package.swift Packages Plugins Tests Examples

## Speed of eight networks in training and inference; PYTHON=path/to/python with torch, onnxruntime and openvino puts
## their figures beside them. Two hours with all of them; bench-quick takes under five minutes (Documentation/Performance.md).
bench bench-quick: build
	NN=$(NN) PYTHON=$(PYTHON) Benchmarks/compare $(if $(filter bench-quick,$@),--quick,)

## Time and memory against batch, area, depth and threads, as CSV and charts in .build/bench/growth.
bench-growth: build
	NN=$(NN) Benchmarks/growth

## Frames a second of the real-time segmenter on a video, with colours; PYTHON as for bench.
bench-video: build
	NN=$(NN) PYTHON=$(PYTHON) Benchmarks/compare-video

## Trains ResNet-20 on CIFAR-10 from class folders: make accuracy DATA=path/to/cifar10
accuracy: build
	NN=$(NN) DATA="$(DATA)" Scripts/accuracy

## Trains three segmenters on CamVid at 192x256: make segmentation DATA=path/to/CamVid
segmentation: build
	NN=$(NN) DATA="$(DATA)" Scripts/segmentation-accuracy

## Transfer learning on CIFAR-10, against training from nothing: make transfer DATA=path/to/cifar10
transfer: build
	NN=$(NN) DATA="$(DATA)" Scripts/transfer-accuracy

## The short form of every published experiment (Examples/Papers); needs ffmpeg, no data and half a minute.
papers-check: build
	NN=$(NN) Scripts/check-papers

## Compares exported ONNX files with ONNX Runtime; PYTHON=path/to/python needs onnx, onnxruntime, numpy, safetensors, and
## pillow for the recipes, whose files are compared with nn predict by what they say of themselves.
onnx-check: build
	rm -rf .build/onnx-check
	NN_ONNX_CHECK="$(CURDIR)/.build/onnx-check" $(SWIFT) test -c release $(TRAITS) --scratch-path .build/tests \
		$(TESTING) --filter ReferenceFiles
	$(or $(PYTHON),python3) Scripts/check-onnx .build/onnx-check
	$(or $(PYTHON),python3) Scripts/check-onnx-recipes $(NN)

## Trains and kills small runs, and reads their event files by TensorBoard; PYTHON=path/to/python needs tensorboard, pillow.
tensorboard-check: build
	$(or $(PYTHON),python3) Scripts/check-tensorboard $(NN)

## On other systems (CONTRIBUTING.md): roots of Debian 13, of its unstable branch with Debian's Swift, and of that on arm64.
test-debian13 test-sid test-arm64:
	Scripts/test-system $(@:test-%=%)

## Every test with oneDNN 3.2, which PyPI has, instead of the system's.
test-onednn:
	Scripts/test-system onednn test

## Compiles the C kernels for arm64, every warning an error.
check-arm64:
	@Scripts/setup arm64 pkg-config hdf5
	set -e; for file in $$(find Packages Plugins -name '*.c' -not -path '*/.build/*'); do \
		$(CLANG) --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include \
			-idirafter /usr/include/$$(uname -m)-linux-gnu $$(pkg-config --cflags hdf5 | sed 's/-I/-idirafter /g') \
			-I $$(dirname $$file)/include \
			-I Packages/NNCore/Sources/CNNKernels/include \
			-O2 -Wall -Wextra -Werror -c -o /dev/null $$file; done

clean:
	rm -rf .build Packages/*/.build Plugins/*/.build Examples/*/.build
