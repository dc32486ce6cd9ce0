#define _GNU_SOURCE
#include "include/onednn.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "version2.h"

static onednn_library library;
static char opened_path[4096];
static void *handle;

static void *find(const char *name) { return dlsym(handle, name); }

static onednn_status (*descriptor_query)(onednn_descriptor, int, void *);
static size_t (*descriptor_size)(onednn_descriptor);

enum {
    QUERY_STRIDES = 14,
    QUERY_RANK = 256,
    QUERY_DIMENSIONS = 257,
    QUERY_DATA_TYPE = 258,
    QUERY_PADDED_DIMENSIONS = 260,
    QUERY_FORMAT_KIND = 262,
    QUERY_BLOCK_COUNT = 263,
    QUERY_BLOCK_LENGTHS = 264,
    QUERY_BLOCK_DIMENSIONS = 265,
    FORMAT_BLOCKED = 2,
};

static void copy_numbers(onednn_descriptor descriptor, int query, int count, int64_t *result) {
    const int64_t(*numbers)[ONEDNN_RANK] = NULL;
    if (descriptor_query(descriptor, query, &numbers) == onednn_success && numbers)
        memcpy(result, *numbers, sizeof(int64_t) * (size_t)count);
}

static void descriptor_read(onednn_descriptor descriptor, onednn_layout *layout) {
    int kind = 0;
    memset(layout, 0, sizeof *layout);
    layout->size = descriptor_size(descriptor);
    descriptor_query(descriptor, QUERY_RANK, &layout->rank);
    descriptor_query(descriptor, QUERY_FORMAT_KIND, &kind);
    layout->is_blocked = kind == FORMAT_BLOCKED;
    if (!layout->is_blocked) return;
    descriptor_query(descriptor, QUERY_DATA_TYPE, &layout->data_type);
    copy_numbers(descriptor, QUERY_DIMENSIONS, layout->rank, layout->dimensions);
    copy_numbers(descriptor, QUERY_PADDED_DIMENSIONS, layout->rank, layout->padded_dimensions);
    copy_numbers(descriptor, QUERY_STRIDES, layout->rank, layout->strides);
    descriptor_query(descriptor, QUERY_BLOCK_COUNT, &layout->block_count);
    copy_numbers(descriptor, QUERY_BLOCK_LENGTHS, layout->block_count, layout->block_lengths);
    copy_numbers(descriptor, QUERY_BLOCK_DIMENSIONS, layout->block_count, layout->block_dimensions);
}

typedef struct {
    void *place;
    const char *name;
} function;

/// - Returns: The name of a function that is missing, or NULL.
static const char *find_all(const function *functions, size_t count) {
    for (size_t i = 0; i < count; i++) {
        void *address = find(functions[i].name);
        if (!address) return functions[i].name;
        memcpy(functions[i].place, &address, sizeof address);
    }
    return NULL;
}

#define FIND_ALL(functions) find_all(functions, sizeof functions / sizeof *functions)

static const char *find_functions(void) {
    const function common[] = {
        {&library.engine_create, "dnnl_engine_create"},
        {&library.engine_destroy, "dnnl_engine_destroy"},
        {&library.stream_create, "dnnl_stream_create"},
        {&library.stream_destroy, "dnnl_stream_destroy"},
        {&library.memory_create, "dnnl_memory_create"},
        {&library.memory_set_address, "dnnl_memory_set_data_handle"},
        {&library.memory_destroy, "dnnl_memory_destroy"},
        {&library.post_operations_create, "dnnl_post_ops_create"},
        {&library.post_operations_destroy, "dnnl_post_ops_destroy"},
        {&library.append_binary, "dnnl_post_ops_append_binary"},
        {&library.attributes_create, "dnnl_primitive_attr_create"},
        {&library.attributes_destroy, "dnnl_primitive_attr_destroy"},
        {&library.attributes_set_post_operations, "dnnl_primitive_attr_set_post_ops"},
        {&library.attributes_set_scratchpad, "dnnl_primitive_attr_set_scratchpad_mode"},
        {&library.plan_destroy, "dnnl_primitive_desc_destroy"},
        {&library.plan_query, "dnnl_primitive_desc_query"},
        {&library.plan_descriptor, "dnnl_primitive_desc_query_md"},
        {&library.primitive_create, "dnnl_primitive_create"},
        {&library.primitive_destroy, "dnnl_primitive_destroy"},
        {&library.primitive_execute, "dnnl_primitive_execute"},
    };
    const function version3[] = {
        {&descriptor_query, "dnnl_memory_desc_query"},
        {&descriptor_size, "dnnl_memory_desc_get_size"},
        {&library.descriptor_any, "dnnl_memory_desc_create_with_tag"},
        {&library.descriptor_strided, "dnnl_memory_desc_create_with_strides"},
        {&library.descriptor_destroy, "dnnl_memory_desc_destroy"},
        {&library.append_eltwise, "dnnl_post_ops_append_eltwise"},
        {&library.plan_forward, "dnnl_convolution_forward_primitive_desc_create"},
        {&library.plan_input_gradient, "dnnl_convolution_backward_data_primitive_desc_create"},
        {&library.plan_weight_gradient, "dnnl_convolution_backward_weights_primitive_desc_create"},
        {&library.plan_product, "dnnl_matmul_primitive_desc_create"},
    };
    const char *missing = FIND_ALL(common);
    if (missing) return missing;
    if (library.version.major == 2) return version2_adapt(&library, find);
    library.descriptor_read = descriptor_read;
    library.residual_argument = 0x8000 | onednn_argument_second_source;
    return FIND_ALL(version3);
}

/// Why the opened library cannot be used, written to `reason`; 0 where it can.
static int is_refused(char *reason, size_t size) {
    const onednn_version *(*version)(void);
    onednn_isa (*isa)(void);
    const function first[] = {{&version, "dnnl_version"}, {&isa, "dnnl_get_effective_cpu_isa"}};
    const char *missing = FIND_ALL(first);
    if (missing) {
        snprintf(reason, size, "it is not oneDNN 2.6 or later: it has no function '%s'", missing);
        return 1;
    }
    library.version = *version();
    int major = library.version.major, minor = library.version.minor;
    if (major < 2 || (major == 2 && minor < 6) || major > 3) {
        snprintf(reason, size, "it is oneDNN %d.%d.%d; 2.6 and later 2.x, and 3.x are known", major, minor,
                 library.version.patch);
        return 1;
    }
    // Sequential, OpenMP and TBB. Others need a queue or a thread pool of the caller's.
    unsigned runtime = library.version.cpu_runtime;
    if (runtime != 1 && runtime != 2 && runtime != 4) {
        snprintf(reason, size, "it is built for SYCL or a thread pool; one that is built for OpenMP is needed");
        return 1;
    }
    library.isa = isa();
    missing = find_functions();
    if (missing) snprintf(reason, size, "it has no function '%s'", missing);
    return missing != NULL;
}

const onednn_library *onednn_open(const char *path, char *reason, size_t size) {
    void *opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
        const char *text = dlerror();
        snprintf(reason, size, "%s", text ? text : "the dynamic linker refused it");
        return NULL;
    }
    if (opened == handle) {
        dlclose(opened);
        return &library;
    }
    if (!dlsym(opened, "dnnl_version")) {
        snprintf(reason, size, "it is not oneDNN 2.6 or later: it has no function 'dnnl_version'");
        dlclose(opened);
        return NULL;
    }
    if (handle) {
        dlclose(opened);
        snprintf(reason, size, "this process already uses %s", opened_path);
        return NULL;
    }
    handle = opened;
    if (is_refused(reason, size)) {
        handle = NULL;
        dlclose(opened);
        return NULL;
    }
    Dl_info info;
    const char *found = dladdr(find("dnnl_version"), &info) && info.dli_fname ? info.dli_fname : path;
    snprintf(opened_path, sizeof opened_path, "%s", found);
    return &library;
}

const char *onednn_path(void) { return opened_path; }
