// The only code that calls libhdf5. Attributes, in which Keras repeats the names, are not read.
#include "nn_hdf5_found.h"

#include <stdio.h>
#include <string.h>

#include <hdf5.h>

typedef struct {
    nn_hdf5_found *found;
    const char *excluded;
    int depth;
    unsigned count;
    /// Something was found, or room is missing, that ends the search.
    bool is_over;
    /// The path so far, of names of at most 1023 bytes.
    size_t length;
    char path[NN_HDF5_MAXIMUM_DEPTH * 1024];
} search;

/// Errors are listed from the cause to the call, so the first is the most precise.
static herr_t keep_first(unsigned index, const H5E_error2_t *error, void *data) {
    nn_hdf5_found *found = data;
    if (index == 0 && error->desc) snprintf(found->message, sizeof found->message, "%s", error->desc);
    return 0;
}

static void keep_message(nn_hdf5_found *found) {
    snprintf(found->message, sizeof found->message, "unknown error");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, found);
}

/// Room for an object with what belongs to it, which becomes part of what was found; NULL where there is none left.
static nn_hdf5_object *add(search *self, nn_hdf5_kind kind, size_t byte_count, uint8_t **bytes) {
    nn_hdf5_found *found = self->found;
    size_t size = sizeof(nn_hdf5_object) + nn_hdf5_padded(self->length) + nn_hdf5_padded(byte_count);
    if (size > found->room - found->used) {
        found->outcome = NN_HDF5_TOO_MUCH;
        self->is_over = true;
        return NULL;
    }
    nn_hdf5_object *object = (nn_hdf5_object *)(void *)(found->objects + found->used);
    found->used += size;
    memset(object, 0, sizeof *object);
    object->kind = kind;
    object->path_length = self->length;
    object->byte_count = byte_count;
    memcpy(object + 1, self->path, self->length);
    if (bytes) *bytes = (uint8_t *)(object + 1) + nn_hdf5_padded(self->length);
    return object;
}

/// Adds what ends the search.
static herr_t stop(search *self, nn_hdf5_kind kind) {
    self->is_over = true;
    add(self, kind, 0, NULL);
    return -1;
}

static herr_t stop_unreadable(search *self) {
    keep_message(self->found);
    return stop(self, NN_HDF5_UNREADABLE);
}

static nn_hdf5_elements float_elements(hid_t type, size_t size) {
    size_t sign, exponent, exponent_size, mantissa, mantissa_size;
    if (H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size) < 0) return NN_HDF5_OTHER;
    static const struct {
        size_t size, exponent_size, bias;
        nn_hdf5_elements elements;
    } known[] = {{2, 5, 15, NN_HDF5_FLOAT}, {2, 8, 127, NN_HDF5_BFLOAT16}, {4, 8, 127, NN_HDF5_FLOAT},
                 {8, 11, 1023, NN_HDF5_FLOAT}};
    if (mantissa != 0 || exponent != mantissa_size || sign != 8 * size - 1 || exponent + exponent_size != sign
        || H5Tget_norm(type) != H5T_NORM_IMPLIED) {
        return NN_HDF5_OTHER;
    }
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (size == known[k].size && exponent_size == known[k].exponent_size && H5Tget_ebias(type) == known[k].bias) {
            return known[k].elements;
        }
    }
    return NN_HDF5_OTHER;
}

static nn_hdf5_elements elements_of(hid_t type, size_t size) {
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_STRING) return NN_HDF5_TEXT;
    if (class == H5T_COMPOUND) return NN_HDF5_COMPOUND;
    if (class != H5T_FLOAT && class != H5T_INTEGER) return NN_HDF5_OTHER;
    H5T_order_t order = H5Tget_order(type);
    bool is_plain = H5Tget_precision(type) == 8 * size && H5Tget_offset(type) == 0
                    && (order == H5T_ORDER_LE || order == H5T_ORDER_BE);
    if (!is_plain) return NN_HDF5_OTHER;
    if (class == H5T_FLOAT) return float_elements(type, size);
    return H5Tget_sign(type) == H5T_SGN_NONE ? NN_HDF5_UNSIGNED : NN_HDF5_SIGNED;
}

static nn_hdf5_storage storage_of(hid_t creation) {
    if (H5Pget_external_count(creation) != 0) return NN_HDF5_OTHER_FILE;
    switch (H5Pget_layout(creation)) {
    case H5D_COMPACT: return NN_HDF5_COMPACT;
    case H5D_CONTIGUOUS: return NN_HDF5_CONTIGUOUS;
    case H5D_CHUNKED: return NN_HDF5_CHUNKED;
    default: return NN_HDF5_OTHER_DATASETS;
    }
}

static int read_shape(hid_t space, uint64_t *lengths) {
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > NN_HDF5_MAXIMUM_RANK || H5Sget_simple_extent_type(space) == H5S_NULL) return -1;
    hsize_t stored[NN_HDF5_MAXIMUM_RANK] = {0};
    if (H5Sget_simple_extent_dims(space, stored, NULL) < 0) return -1;
    for (int k = 0; k < rank; k++) lengths[k] = stored[k];
    return rank;
}

static herr_t add_dataset(search *self, hid_t dataset) {
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset), creation = H5Dget_create_plist(dataset);
    if (space < 0 || type < 0 || creation < 0) return stop_unreadable(self);
    nn_hdf5_storage storage = storage_of(creation);
    uint64_t stored = storage == NN_HDF5_OTHER_DATASETS ? 0 : H5Dget_storage_size(dataset);
    size_t size = H5Tget_size(type);
    nn_hdf5_elements elements = elements_of(type, size);
    bool is_number = elements != NN_HDF5_TEXT && elements != NN_HDF5_COMPOUND && elements != NN_HDF5_OTHER;
    // A message of a header has 64 KiB at most.
    hssize_t count = H5Sget_simple_extent_npoints(space);
    bool is_copied = storage == NN_HDF5_COMPACT && is_number && size > 0 && count > 0 && stored <= 1 << 16
                     && (uint64_t)count <= stored / size;
    size_t byte_count = is_copied ? (size_t)count * size : 0;
    uint8_t *bytes;
    nn_hdf5_object *object = add(self, NN_HDF5_DATASET, byte_count, &bytes);
    if (!object) return -1;
    object->elements = elements;
    object->storage = storage;
    object->is_big_endian = is_number && H5Tget_order(type) == H5T_ORDER_BE;
    object->element_size = size;
    object->rank = read_shape(space, object->lengths);
    object->stored_size = stored;
    object->offset = UINT64_MAX;
    if (storage == NN_HDF5_CONTIGUOUS) {
        haddr_t offset = H5Dget_offset(dataset);
        if (offset != HADDR_UNDEF) object->offset = offset;
    }
    // As they are stored.
    if (is_copied && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0) object->stored_size = 0;
    H5Sclose(space);
    H5Tclose(type);
    H5Pclose(creation);
    return 0;
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *data);

static herr_t visit_members(search *self, hid_t group) {
    herr_t status = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, self);
    if (status < 0 && !self->is_over) stop_unreadable(self);
    return status;
}

/// Adds the object, or what is in a group, at the path.
static herr_t add_object(search *self, hid_t location, const char *name) {
    self->count += 1;
    if (self->depth > NN_HDF5_MAXIMUM_DEPTH || self->count > NN_HDF5_MAXIMUM_OBJECTS) {
        return stop(self, NN_HDF5_CYCLE);
    }
    hid_t object = H5Oopen(location, name, H5P_DEFAULT);
    if (object < 0) return stop_unreadable(self);
    H5I_type_t type = H5Iget_type(object);
    herr_t status = -1;
    if (type == H5I_DATASET) {
        status = add_dataset(self, object);
    } else if (type == H5I_GROUP) {
        status = visit_members(self, object);
    } else {
        snprintf(self->found->message, NN_HDF5_MESSAGE_LENGTH, "it is neither a group nor a dataset");
        stop(self, NN_HDF5_UNREADABLE);
    }
    H5Oclose(object);
    return status;
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    search *self = data;
    size_t length = strlen(name), before = self->length;
    if (before == 0 && strcmp(name, self->excluded) == 0) return 0;
    if (length == 0 || length > 1022 || strchr(name, '/')) return stop(self, NN_HDF5_BAD_NAME);
    // The deepest group is entered only to find that it is too deep.
    if (self->depth > NN_HDF5_MAXIMUM_DEPTH || before + length + 1 > sizeof self->path) return stop(self, NN_HDF5_CYCLE);
    if (before > 0) self->path[self->length++] = '/';
    memcpy(self->path + self->length, name, length);
    self->length += length;
    self->depth += 1;
    herr_t status =
        info->type == H5L_TYPE_HARD ? add_object(self, group, name) : stop(self, NN_HDF5_LINK);
    self->depth -= 1;
    self->length = before;
    return status;
}

void nn_hdf5_find(const char *path, const char *whole, const char *excluded, nn_hdf5_found *found) {
    static search search;
    memset(&search, 0, sizeof search);
    search.found = found;
    search.excluded = excluded;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    // It may be on a file system that cannot be locked, or be written to by a training.
    if (access >= 0) H5Pset_file_locking(access, 0, 1);
    hid_t file = access < 0 ? -1 : H5Fopen(path, H5F_ACC_RDONLY, access);
    if (file < 0) {
        keep_message(found);
        found->outcome = NN_HDF5_NOT_OPENED;
        return;
    }
    H5L_info_t info;
    if (H5Lexists(file, whole, H5P_DEFAULT) > 0 && H5Lget_info(file, whole, &info, H5P_DEFAULT) >= 0) {
        visit(file, whole, &info, &search);
    } else {
        visit_members(&search, file);
    }
    if (found->outcome != NN_HDF5_TOO_MUCH) found->outcome = NN_HDF5_DONE;
    // Nothing is closed: the process ends, and closing may crash.
}
