#ifndef VERSION2_H
#define VERSION2_H

#include "include/onednn.h"

/// Looks a function up; NULL where the library has none of that name.
typedef void *(*function_finder)(const char *name);

/// Fills in what differs in version 2.
/// - Returns: The name of a function that is missing, or NULL.
const char *version2_adapt(onednn_library *library, function_finder find);

#endif
