// Forced in front of QuickJS's sources by build.sh (`-include`): what its build assumes of WASI and we know better.
// DESIGN.md has what each part gave.

#include <stddef.h>
#include <stdlib.h>

// The bindings' build script pretends to be Emscripten, which makes the interpreter dispatch through one `switch` instead of
// computed jumps. What the engine has to know about the platform it also learns from `__wasi__`.
#undef EMSCRIPTEN

// Small blocks, of which an interpreter makes and frees one or two at every step, come from lists of free blocks by size; the
// C library's allocator, which looks for the best fit and joins neighbours, took a third of the time of such scripts. A block has
// one word before it, as the C library's have, with its size and three flag bits: the library sets bit 1 in all that it hands
// out, ours leave it clear, and that tells the two apart. Slabs are never given back, which an instance of one run can afford.
#include <string.h>

#define ARBEX_SMALL_BYTES 256
#define ARBEX_SLAB_BYTES 16384

struct arbex_block { struct arbex_block *next; };
static struct arbex_block *arbex_free_blocks[(ARBEX_SMALL_BYTES + 11) / 8 + 1];
static char *arbex_slab, *arbex_slab_end;

// Off while the snapshot is made: freed blocks that no list joins would be holes in it, and every run copies it.
extern unsigned arbex_small_blocks;

#define arbex_head(block) (((size_t *)(block))[-1])

// The next block of `units` times 8 bytes, head included, from the slab.
static __attribute__((noinline, unused)) void *arbex_carve(size_t units) {
  if (!arbex_small_blocks) return (malloc)(units * 8 - 4);
  if (arbex_slab_end - arbex_slab < (ptrdiff_t)(units * 8)) {
    char *slab = (malloc)(ARBEX_SLAB_BYTES);
    if (slab == NULL) return NULL;
    arbex_slab = slab + 8;
    arbex_slab_end = slab + ARBEX_SLAB_BYTES;
  }
  void *block = arbex_slab;
  arbex_slab += units * 8;
  arbex_head(block) = units * 8;
  return block;
}

static inline __attribute__((unused)) void *arbex_malloc(size_t size) {
  if (ARBEX_SMALL_BYTES < size) return (malloc)(size);
  size_t units = (size + 11) / 8;
  struct arbex_block *block = arbex_free_blocks[units];
  if (block == NULL) return arbex_carve(units);
  arbex_free_blocks[units] = block->next;
  return block;
}

static inline __attribute__((unused)) void arbex_free(void *pointer) {
  if (pointer == NULL) return;
  size_t head = arbex_head(pointer);
  if (head & 2) {
    (free)(pointer);
    return;
  }
  struct arbex_block *block = pointer;
  block->next = arbex_free_blocks[head / 8];
  arbex_free_blocks[head / 8] = block;
}

// On platforms it does not know, the engine takes every allocation for 0 bytes: then neither its garbage collector nor its
// memory limit nor its statistics see what a script allocates. The word before a block says its size. The macro takes a
// parameter, so it renames the engine's definition; the engine's only use is by name, without parentheses, and finds ours.
// The guest checks, when it is built, that the C library says the same of its blocks. Of the four bytes more that a block has, the
// engine is not told: it adds eight for what it takes a block to cost, and then its sums are what the blocks cover.
static inline size_t js__malloc_usable_size(const void *pointer) { return (arbex_head(pointer) & ~(size_t)7) - 8; }
#define js__malloc_usable_size(pointer) arbex_unused_malloc_usable_size(pointer)

static inline __attribute__((unused)) void *arbex_calloc(size_t count, size_t size) {
  if (size != 0 && ARBEX_SMALL_BYTES / size < count) return (calloc)(count, size);
  void *block = arbex_malloc(count * size);
  if (block != NULL) memset(block, 0, count * size);
  return block;
}

static inline __attribute__((unused)) void *arbex_realloc(void *pointer, size_t size) {
  if (pointer == NULL) return arbex_malloc(size);
  size_t head = arbex_head(pointer);
  if (head & 2) return (realloc)(pointer, size);
  size_t usable = head - 4;
  if (size <= usable) return pointer;
  void *block = arbex_malloc(size);
  if (block == NULL) return NULL;
  memcpy(block, pointer, usable);
  arbex_free(pointer);
  return block;
}

#include "engine-stack.h"

// The engine forbids itself these names after the one place where it uses them; saying the same twice is only a warning.
#pragma clang diagnostic ignored "-Wmacro-redefined"
#define malloc(size) arbex_malloc(size)
#define calloc(count, size) arbex_calloc(count, size)
#define realloc(pointer, size) arbex_realloc(pointer, size)
#define free(pointer) arbex_free(pointer)
