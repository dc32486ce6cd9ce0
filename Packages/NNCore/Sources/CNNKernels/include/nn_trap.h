#ifndef NN_TRAP_H
#define NN_TRAP_H

/// Ends the process with a message: what `trap` is for Swift.
__attribute__((noreturn, format(printf, 1, 2))) void nn_trap(const char *_Nonnull format, ...);

#endif
