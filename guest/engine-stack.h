// What lets the engine's stack be read from outside: program counters that are stored in loops, positions of statements, and
// what only the engine's own file knows of its structures. Part of engine.h. Names of the engine become macros here that stand
// for other text in a definition than in a call: by what the first argument begins with. An engine that writes them otherwise
// does not compile.

// 1. A jump polls for interrupts, which nobody here causes: the host ends a run from outside. So the poll stores the program
// counter instead, once in so many jumps, or at each while a run is profiled. A jump has already moved `pc` to its target, and
// whoever reads it from the frame subtracts one.
// When the host has put a negative interval there, a slice of fuel has ended, and the next jump tells it that the guest goes on.
extern int arbex_poll_interval;
__attribute__((import_module("arbex"), import_name("turn"))) void arbex_turn(void);
#define js_poll_interrupts(context) (ARBEX_POLL_##context))
#define ARBEX_POLL_JSContext js_poll_interrupts(JSContext
#define ARBEX_POLL_ctx                                                                                                             \
  unlikely(--ctx->interrupt_counter <= 0) && (sf->cur_pc = pc + 1,                                                                 \
                                              unlikely((ctx->interrupt_counter = arbex_poll_interval) < 0) && (arbex_turn(), 0)
// Where a call begins, there is no program counter yet.
#define ARBEX_POLL_caller_ctx (0
// What the poll means outside of the interpreter's loop.
static struct { unsigned char *cur_pc; } arbex_no_frame, *const sf = &arbex_no_frame;
static unsigned char *const pc = NULL;

// 2. Every statement notes its position, not only operators that can throw. The parser counts columns from the last end of a line;
// on the first line, where there is none, from the first character, which makes its columns one too low.
#define js_parse_statement_or_decl(state, mask) (ARBEX_STATEMENT_##state, mask))
#define ARBEX_STATEMENT_JSParseState js_parse_statement_or_decl(JSParseState
#define ARBEX_STATEMENT_s emit_source_loc(s), js_parse_statement_or_decl(s
#define js_parse_init(context, ...) (ARBEX_PARSE_##context, __VA_ARGS__))
#define ARBEX_PARSE_JSContext js_parse_init(JSContext
#define ARBEX_PARSE_ctx arbex_parse_init(ctx
#define arbex_parse_init(ctx, s, ...) js_parse_init(ctx, s, __VA_ARGS__), (void)s->eol--

// 3. What src/inside.rs asks, in front of a function that stands behind all structures and is otherwise named only in a table,
// without parentheses.
#define js_uint8array_to_hex(...)                                                                                                  \
  arbex_unused(void);                                                                                                              \
                                                                                                                                   \
  /* The words of abi's `Peek`. */                                                                                                 \
  void arbex_peek_of(JSContext *ctx, uint32_t *words) {                                                                            \
    uint64_t classes = 0;                                                                                                          \
    for (int class = 0; class < 64; class++) classes |= (uint64_t)js_class_has_bytecode(class) << class;                           \
    *words++ = (uint32_t)(uintptr_t)&ctx->rt->current_stack_frame;                                                                 \
    *words++ = (uint32_t)(uintptr_t)&ctx->rt->malloc_state.malloc_size;                                                            \
    *words++ = offsetof(JSStackFrame, prev_frame);                                                                                 \
    *words++ = offsetof(JSStackFrame, cur_func);                                                                                   \
    *words++ = offsetof(JSStackFrame, cur_pc);                                                                                     \
    *words++ = offsetof(JSObject, class_id);                                                                                       \
    *words++ = offsetof(JSObject, u.cfunc.realm);                                                                                  \
    *words++ = (uint32_t)classes;                                                                                                  \
    *words++ = (uint32_t)(classes >> 32);                                                                                          \
    *words++ = JS_CLASS_C_FUNCTION;                                                                                                \
    *words++ = (uint32_t)(uintptr_t)&arbex_poll_interval;                                                                          \
  }                                                                                                                                \
  _Static_assert(sizeof(JSValue) == 8, "the address of an object is the low half of its value");                                   \
  _Static_assert(JS_CLASS_ASYNC_GENERATOR_FUNCTION < 64, "classes of functions fit a mask");                                       \
  _Static_assert(offsetof(JSObject, u.cfunc.realm) == offsetof(JSObject, u.func.function_bytecode), "the first word");             \
  _Static_assert(offsetof(JSObject, u.cfunc.c_function) == offsetof(JSObject, u.cfunc.realm) + 4, "the second word");              \
  _Static_assert(offsetof(JSObject, u.cfunc.length) == offsetof(JSObject, u.cfunc.realm) + 8, "the third word");                   \
  _Static_assert(offsetof(JSObject, u.cfunc.magic) == offsetof(JSObject, u.cfunc.realm) + 10, "the third word");                   \
                                                                                                                                   \
  void arbex_begin_polls(JSContext *ctx) { ctx->interrupt_counter = arbex_poll_interval; }                                         \
                                                                                                                                   \
  /* The bytecode behind a value; NULL: none. */                                                                                   \
  const JSFunctionBytecode *arbex_bytecode_of(JSValueConst value) {                                                                \
    if (JS_VALUE_GET_TAG(value) == JS_TAG_FUNCTION_BYTECODE) return JS_VALUE_GET_PTR(value);                                       \
    if (JS_VALUE_GET_TAG(value) != JS_TAG_OBJECT) return NULL;                                                                     \
    JSObject *object = JS_VALUE_GET_OBJ(value);                                                                                    \
    return js_class_has_bytecode(object->class_id) ? object->u.func.function_bytecode : NULL;                                      \
  }                                                                                                                                \
                                                                                                                                   \
  void arbex_each_bytecode(JSContext *ctx, void (*found)(void *, const JSFunctionBytecode *), void *list) {                        \
    struct list_head *link;                                                                                                        \
    list_for_each(link, &ctx->rt->gc_obj_list) {                                                                                   \
      JSGCObjectHeader *object = list_entry(link, JSGCObjectHeader, link);                                                         \
      if (object->gc_obj_type == JS_GC_OBJ_TYPE_FUNCTION_BYTECODE) found(list, (JSFunctionBytecode *)object);                      \
    }                                                                                                                              \
  }                                                                                                                                \
                                                                                                                                   \
  struct arbex_code {                                                                                                              \
    const uint8_t *begin;                                                                                                          \
    uint32_t length;                                                                                                               \
    JSAtom name;                                                                                                                   \
    uint32_t line, column;                                                                                                         \
    const JSValue *constants;                                                                                                      \
    uint32_t constant_count;                                                                                                       \
  };                                                                                                                               \
  void arbex_code_at(const JSFunctionBytecode *bytecode, struct arbex_code *code) {                                                \
    *code = (struct arbex_code){                                                                                                   \
      .begin = bytecode->byte_code_buf, .length = bytecode->byte_code_len, .name = bytecode->func_name,                            \
      .line = bytecode->line_num, .column = bytecode->col_num,                                                                     \
      .constants = bytecode->cpool, .constant_count = bytecode->cpool_count,                                                       \
    };                                                                                                                             \
  }                                                                                                                                \
  /* Lines and columns of instructions that lie at ascending offsets: one way through the table for all of them. The engine's own  \
     function goes through it for each, which a long function with many places makes too long. */                                  \
  void arbex_positions_at(const JSFunctionBytecode *bytecode, const uint32_t *offsets, uint32_t count, uint32_t (*places)[2]) {    \
    const uint8_t *at = bytecode->pc2line_buf, *end = at + bytecode->pc2line_len;                                                  \
    uint32_t pc = 0, line = bytecode->line_num, column = bytecode->col_num, done = 0;                                              \
    while (done < count && at && at < end) {                                                                                       \
      uint32_t operation = *at++;                                                                                                  \
      int32_t lines, columns;                                                                                                      \
      if (operation) {                                                                                                             \
        pc += (operation - PC2LINE_OP_FIRST) / PC2LINE_RANGE;                                                                      \
        lines = (int32_t)((operation - PC2LINE_OP_FIRST) % PC2LINE_RANGE) + PC2LINE_BASE;                                          \
      } else {                                                                                                                     \
        uint32_t skipped;                                                                                                          \
        int read = get_leb128(&skipped, at, end);                                                                                  \
        if (read < 0) break;                                                                                                       \
        pc += skipped;                                                                                                             \
        at += read;                                                                                                                \
        read = get_sleb128(&lines, at, end);                                                                                       \
        if (read < 0) break;                                                                                                       \
        at += read;                                                                                                                \
      }                                                                                                                            \
      int read = get_sleb128(&columns, at, end);                                                                                   \
      if (read < 0) break;                                                                                                         \
      at += read;                                                                                                                  \
      for (; done < count && offsets[done] < pc; done++) places[done][0] = line, places[done][1] = column;                         \
      line += lines;                                                                                                               \
      column += columns;                                                                                                           \
    }                                                                                                                              \
    for (; done < count; done++) places[done][0] = line, places[done][1] = column;                                                 \
  }                                                                                                                                \
                                                                                                                                   \
  /* What gives a name to a constant that is a function: the next such instruction from `at` on; false: no more. */                \
  struct arbex_naming { uint32_t after, constant; JSAtom name; uint32_t accessor; };                                               \
  bool arbex_naming_from(const JSFunctionBytecode *bytecode, uint32_t at, struct arbex_naming *naming) {                           \
    const uint8_t *begin = bytecode->byte_code_buf, *end = begin + bytecode->byte_code_len, *instruction = begin + at;             \
    bool function = false;                                                                                                         \
    while (instruction < end) {                                                                                                    \
      int operation = *instruction;                                                                                                \
      const uint8_t *next = instruction + short_opcode_info(operation).size;                                                       \
      if (operation == OP_fclosure8 || operation == OP_push_const8) {                                                              \
        naming->constant = instruction[1];                                                                                         \
        function = true;                                                                                                           \
      } else if (operation == OP_fclosure || operation == OP_push_const) {                                                         \
        naming->constant = get_u32(instruction + 1);                                                                               \
        function = true;                                                                                                           \
      } else if (function && (operation == OP_set_name || operation == OP_define_class || operation == OP_define_method)) {        \
        naming->name = get_u32(instruction + 1);                                                                                   \
        naming->accessor = operation == OP_define_method ? instruction[5] & 3 : 0;                                                 \
        naming->after = next - begin;                                                                                              \
        return true;                                                                                                               \
      } else if (operation != OP_set_home_object) {                                                                                \
        function = false;                                                                                                          \
      }                                                                                                                            \
      instruction = next;                                                                                                          \
    }                                                                                                                              \
    return false;                                                                                                                  \
  }                                                                                                                                \
                                                                                                                                   \
  /* A property of an object as it lies there; false: no more. Of one that is not made yet, what it will be made from. */          \
  struct arbex_property { JSAtom name; JSObject *value, *getter, *setter; const JSCFunctionListEntry *entry; };                    \
  bool arbex_property_at(const JSObject *object, uint32_t index, struct arbex_property *property) {                                \
    const JSShape *shape = object->shape;                                                                                          \
    if ((uint32_t)shape->prop_count <= index) return false;                                                                        \
    const JSProperty *slot = &object->prop[index];                                                                                 \
    *property = (struct arbex_property){ .name = shape->prop[index].atom };                                                        \
    switch (shape->prop[index].flags & JS_PROP_TMASK) {                                                                            \
    case JS_PROP_NORMAL:                                                                                                           \
      if (JS_VALUE_GET_TAG(slot->u.value) == JS_TAG_OBJECT) property->value = JS_VALUE_GET_OBJ(slot->u.value);                     \
      break;                                                                                                                       \
    case JS_PROP_GETSET:                                                                                                           \
      property->getter = slot->u.getset.getter;                                                                                    \
      property->setter = slot->u.getset.setter;                                                                                    \
      break;                                                                                                                       \
    case JS_PROP_AUTOINIT:                                                                                                         \
      if (js_autoinit_get_id((JSProperty *)slot) == JS_AUTOINIT_ID_PROP) property->entry = slot->u.init.opaque;                    \
      break;                                                                                                                       \
    }                                                                                                                              \
    return true;                                                                                                                   \
  }                                                                                                                                \
  JSObject *arbex_object_of(JSValueConst value) {                                                                                  \
    return JS_VALUE_GET_TAG(value) == JS_TAG_OBJECT ? JS_VALUE_GET_OBJ(value) : NULL;                                              \
  }                                                                                                                                \
  JSObject *arbex_prototype_of(const JSObject *object) { return object->shape->proto; }                                            \
  uint32_t arbex_class_count(JSContext *ctx) { return ctx->rt->class_count; }                                                      \
  /* The prototype of a class, and the class's name; NULL: none. */                                                                \
  JSObject *arbex_class_prototype(JSContext *ctx, uint32_t class, JSAtom *name) {                                                  \
    *name = ctx->rt->class_array[class].class_name;                                                                                \
    return arbex_object_of(ctx->class_proto[class]);                                                                               \
  }                                                                                                                                \
  /* The words by which a function's frames are known. 0: no function; 1: bytecode; 2: one of the engine's own. */                 \
  uint32_t arbex_function_words(const JSObject *object, uint32_t words[2]) {                                                       \
    if (js_class_has_bytecode(object->class_id)) {                                                                                 \
      words[0] = (uint32_t)(uintptr_t)object->u.func.function_bytecode;                                                            \
      words[1] = 0;                                                                                                                \
      return 1;                                                                                                                    \
    }                                                                                                                              \
    if (object->class_id != JS_CLASS_C_FUNCTION) return 0;                                                                         \
    words[0] = (uint32_t)(uintptr_t)object->u.cfunc.c_function.generic;                                                            \
    memcpy(&words[1], &object->u.cfunc.length, 4);                                                                                 \
    return 2;                                                                                                                      \
  }                                                                                                                                \
  /* The same of a function that would be made of an entry. */                                                                     \
  uint32_t arbex_entry_words(const JSCFunctionListEntry *entry, uint32_t words[2]) {                                               \
    if (entry->def_type != JS_DEF_CFUNC) return 0;                                                                                 \
    words[0] = (uint32_t)(uintptr_t)entry->u.func.cfunc.generic;                                                                   \
    words[1] = entry->u.func.length | entry->u.func.cproto << 8 | (uint32_t)(uint16_t)entry->magic << 16;                          \
    return 2;                                                                                                                      \
  }                                                                                                                                \
  const JSCFunctionListEntry *arbex_inner_entry(const JSCFunctionListEntry *entry, uint32_t index, const char **name) {            \
    if (entry->def_type != JS_DEF_OBJECT || (uint32_t)entry->u.prop_list.len <= index) return NULL;                                \
    *name = entry->u.prop_list.tab[index].name;                                                                                    \
    return &entry->u.prop_list.tab[index];                                                                                         \
  }                                                                                                                                \
                                                                                                                                   \
  static JSValue js_uint8array_to_hex(__VA_ARGS__)
