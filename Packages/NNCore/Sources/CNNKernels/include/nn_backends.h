#ifndef NN_BACKENDS_H
#define NN_BACKENDS_H

/// A backend that a program was linked with.
typedef struct {
    const char *_Nonnull name;
    int preference;
    void *_Nullable (*_Nonnull make)(void);
} nn_linked_backend;

/// Makes a backend known, so that it is used without a call of the program's. For a constructor, which runs before
/// main; what is linked is first used after that.
///
/// @param name        The name for NN_BACKENDS; a second backend of the same name is left out.
/// @param preference  The highest is asked first. oneDNN's is 100; that of BLAS, which takes everything, is 0.
/// @param make        Opens the backend and returns what NNCore's `LinkedBackend.retained()` gave, or NULL for none.
void nn_link_backend(const char *_Nonnull name, int preference, void *_Nullable (*_Nonnull make)(void));

/// How many backends are linked, and one of them, most preferred first.
int nn_linked_backend_count(void);
nn_linked_backend nn_linked_backend_at(int index);

#endif
