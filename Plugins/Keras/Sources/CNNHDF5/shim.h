// What libhdf5 declares with macros that Swift cannot see, or that differ between its versions.

#include <hdf5.h>

/// Keeps the library from printing errors, in the calling thread.
static inline void nn_hdf5_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

static inline hid_t nn_hdf5_float32(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t nn_hdf5_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t nn_hdf5_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t nn_hdf5_int64(void) { return H5T_NATIVE_INT64; }

/// Opens a file for reading without locking it; closing it closes everything that was opened in it.
static inline hid_t nn_hdf5_open(const char *path) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_file_locking(access, 0, 1);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    // Closing would clear the message of a failure.
    if (file >= 0) H5Pclose(access);
    return file;
}

/// 1 for a hard link, 0 for a link to another name or file, negative if there is none.
static inline int nn_hdf5_is_hard_link(hid_t location, const char *name) {
    H5L_info_t info;
    if (H5Lget_info(location, name, &info, H5P_DEFAULT) < 0) return -1;
    return info.type == H5L_TYPE_HARD;
}

/// Whether the offset of a dataset means that it has no elements.
static inline int nn_hdf5_is_undefined(haddr_t offset) { return offset == HADDR_UNDEF; }
