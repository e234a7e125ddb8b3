// Forced in front of QuickJS's sources by build.sh (`-include`).
//
// The bindings' build script pretends to be Emscripten on WASI, which among other things makes the interpreter dispatch
// through one `switch` instead of computed jumps. What the engine needs to know about the platform it also learns from
// `__wasi__`, so take the pretence back. (DESIGN.md has what it gave.)
#undef EMSCRIPTEN
