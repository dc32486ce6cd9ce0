#include "include/nn_trap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void nn_trap(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("Fatal error: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    abort();
}
