#include "include/nn_backends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// No lock: constructors run one after the other, before any thread asks.
enum { CAPACITY = 16 };
static nn_linked_backend linked[CAPACITY];
static int count = 0;

void nn_link_backend(const char *name, int preference, void *(*make)(void)) {
    for (int i = 0; i < count; i++)
        if (strcmp(linked[i].name, name) == 0) return;
    if (count == CAPACITY) {
        fprintf(stderr, "error: no room for the backend '%s': %d are linked already\n", name, CAPACITY);
        exit(1);
    }
    char *own_name = strdup(name);
    if (!own_name) return;
    int position = count++;
    for (; position > 0 && linked[position - 1].preference < preference; position--) linked[position] = linked[position - 1];
    linked[position] = (nn_linked_backend){own_name, preference, make};
}

int nn_linked_backend_count(void) { return count; }

nn_linked_backend nn_linked_backend_at(int index) { return linked[index]; }
