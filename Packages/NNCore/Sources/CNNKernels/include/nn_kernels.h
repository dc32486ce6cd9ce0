/// The C kernels of NNCore: loops over plain memory, vectorized by the compiler for the CPU at hand.
///
/// Each family lies in one .c file with its header. Every kernel runs on the threads of
/// nn_parallel_for and has a scalar reference in the tests.
#ifndef NN_KERNELS_H
#define NN_KERNELS_H

#include "nn_accumulate.h"
#include "nn_argmax.h"
#include "nn_backends.h"
#include "nn_bfloat16.h"
#include "nn_binary.h"
#include "nn_binary_cross_entropy.h"
#include "nn_cast.h"
#include "nn_class_areas.h"
#include "nn_clones.h"
#include "nn_convolution.h"
#include "nn_cores.h"
#include "nn_cross_entropy.h"
#include "nn_cumulative_sum.h"
#include "nn_gather.h"
#include "nn_global_average_pool.h"
#include "nn_hard_labels.h"
#include "nn_layer_norm.h"
#include "nn_lovasz.h"
#include "nn_matrix_product.h"
#include "nn_max_pool.h"
#include "nn_max_unpool.h"
#include "nn_memory.h"
#include "nn_norm.h"
#include "nn_optimizers.h"
#include "nn_quantized.h"
#include "nn_random.h"
#include "nn_reduce.h"
#include "nn_resample.h"
#include "nn_select.h"
#include "nn_softmax.h"
#include "nn_sort.h"
#include "nn_strided_copy.h"
#include "nn_threads.h"
#include "nn_unary.h"
#include "nn_window.h"

#endif
