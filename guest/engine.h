// Forced in front of QuickJS's sources by build.sh (`-include`): what its build assumes of WASI and we know better.
// DESIGN.md has what each part gave.

#include <stddef.h>
#include <stdlib.h>

// The bindings' build script pretends to be Emscripten, which makes the interpreter dispatch through one `switch` instead of
// computed jumps. What the engine has to know about the platform it also learns from `__wasi__`.
#undef EMSCRIPTEN

// On platforms it does not know, the engine takes every allocation for 0 bytes: then neither its garbage collector nor its
// memory limit nor its statistics see what a script allocates. WASI's C library can tell. The macro takes a parameter, so
// it renames the engine's definition; the engine's only use is by name, without parentheses, and finds ours.
size_t malloc_usable_size(void *);
static inline size_t js__malloc_usable_size(const void *pointer) { return malloc_usable_size((void *)pointer); }
#define js__malloc_usable_size(pointer) arbex_unused_malloc_usable_size(pointer)
