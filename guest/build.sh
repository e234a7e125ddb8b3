#!/usr/bin/env bash
# Builds the guest and the module that strips types from source: `guest/build.sh [--out FOLDER] [--only guest|typescript]`
# writes guest.wasm, typescript.wasm, the hash of each and toolchain.txt there (default: guest/prebuilt, the committed ones).
#
# Two ways, the first that is there is taken; ARBEX_GUEST_TOOLS=debian|rustup chooses:
#   debian  the packages named in `debian_packages` alone (rustc with its sources, clang, lld, wasi-libc). Canonical: the
#           committed module was built this way, and the same versions give the same bytes.
#   rustup  `rustup target add wasm32-wasip1 wasm32-unknown-unknown` and a wasi-sdk at $WASI_SDK.
set -euo pipefail
cd "$(dirname "$0")"
guest=$PWD
out=$guest/prebuilt
only=
while [ $# -gt 0 ]; do
  case $1 in
  --out) mkdir -p "$2"; out=$(cd "$2" && pwd) ;;
  --only) only=$2 ;;
  *) echo "unknown: $1" >&2; exit 2 ;;
  esac
  shift 2
done
wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

debian_packages="rustc-web cargo-web rust-web-src clang-19 llvm-19 libclang-19-dev libclang-rt-19-dev-wasm32 lld-22 wasi-libc"

have_debian() { [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib/src ] && command -v clang-19 wasm-ld-22 >/dev/null && [ -d /usr/lib/wasm32-wasi ]; }
have_rustup() { [ -n "${WASI_SDK:-}" ] && [ -d "$(rustc --print target-libdir --target wasm32-wasip1 2>/dev/null)" ] && [ -d "$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)" ]; }

tools=${ARBEX_GUEST_TOOLS:-}
if [ -z "$tools" ]; then
  if have_debian; then tools=debian; elif have_rustup; then tools=rustup; else
    echo "no toolchain for wasm32-wasip1. Either (Debian): apt-get install $debian_packages" >&2
    echo "or: rustup target add wasm32-wasip1 wasm32-unknown-unknown, and WASI_SDK=/path/to/wasi-sdk" >&2
    exit 1
  fi
fi

cargo_home=${CARGO_HOME:-$HOME/.cargo}
# The stack lies first in memory, so that an overflow leaves the memory instead of running into data; its pointer is
# exported so that the host can tell such an overflow from other faults. Every run pays for its size when the instance is
# reset (DESIGN.md).
stack_bytes=${ARBEX_GUEST_STACK_BYTES:-524288}
# The headers' hash is part of the flags: cargo rebuilds the engine when one changes.
header="-include $guest/engine.h -DARBEX_ENGINE_H=$(cat engine.h engine-stack.h | sha256sum | cut -c1-16)"
# No path of this machine may reach the module, nor the name of the registry that the sources came from.
maps_c="-ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$guest=/guest"
maps_rust="--remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$guest=/guest"
# The folders are named after the registry; fetching first makes sure that they are there to be mapped.
cargo fetch --quiet --locked
cargo fetch --quiet --locked --manifest-path typescript/Cargo.toml
for sources in "$cargo_home"/registry/src/*/; do
  maps_c="$maps_c -ffile-prefix-map=${sources%/}=/cargo"
  maps_rust="$maps_rust --remap-path-prefix=${sources%/}=/cargo"
done
export CARGO_TARGET_DIR=${ARBEX_GUEST_TARGET_DIR:-$guest/target}
# The parser of TypeScript asks nothing of a system: no libc, no WASI, so it links no C at all. Its stack is as large as the
# native one that the host gives it.
typescript_flags="-C link-arg=-zstack-size=1048576 -C link-arg=--export=__stack_pointer"
build_typescript="--manifest-path typescript/Cargo.toml --target wasm32-unknown-unknown --release --locked"
link="-C link-arg=-zstack-size=$stack_bytes -C link-arg=--export=__stack_pointer ${ARBEX_GUEST_LINK_ARGS:-}"

case $tools in
debian)
  resource=/usr/lib/llvm-19/lib/clang/19
  export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RQUICKJS_SYS_NO_WASI_SDK=1 LIBCLANG_PATH=/usr/lib/llvm-19/lib
  export CC_wasm32_wasip1=clang-19 AR_wasm32_wasip1=llvm-ar-19
  export CFLAGS_wasm32_wasip1="--target=wasm32-wasi -isystem /usr/include/wasm32-wasi -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS $header $maps_c"
  export BINDGEN_EXTRA_CLANG_ARGS_wasm32_wasip1="--target=wasm32-wasi -isystem /usr/include/wasm32-wasi -fvisibility=default"
  export CARGO_TARGET_WASM32_WASIP1_LINKER=wasm-ld-22
  export CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="-C link-self-contained=no -C link-arg=-L/usr/lib/wasm32-wasi -C link-arg=/usr/lib/wasm32-wasi/crt1-reactor.o -C link-arg=-L$resource/lib/wasi -C link-arg=-lclang_rt.builtins-wasm32 $link $maps_rust"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$typescript_flags $maps_rust"
  if wanted guest; then
    /usr/bin/cargo build -Z build-std=std,panic_abort --target wasm32-wasip1 --release --locked -p arbex-guest
  fi
  # shellcheck disable=SC2086 # lists of words
  if wanted typescript; then /usr/bin/cargo build -Z build-std=std,panic_abort $build_typescript; fi
  # shellcheck disable=SC2086
  versions() { dpkg-query -W -f '${Package} ${Version}\n' $debian_packages | sort; }
  unset RUSTC RUSTC_BOOTSTRAP
  ;;
rustup)
  export CC_wasm32_wasip1="$WASI_SDK/bin/clang" AR_wasm32_wasip1="$WASI_SDK/bin/llvm-ar"
  export CFLAGS_wasm32_wasip1="--sysroot=$WASI_SDK/share/wasi-sysroot -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS $header $maps_c"
  export CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="$link $maps_rust"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$typescript_flags $maps_rust"
  if wanted guest; then cargo build --target wasm32-wasip1 --release --locked -p arbex-guest; fi
  # shellcheck disable=SC2086
  if wanted typescript; then cargo build $build_typescript; fi
  versions() { rustc --version; "$WASI_SDK/bin/clang" --version | head -1; }
  ;;
*) echo "ARBEX_GUEST_TOOLS is '$tools'; debian or rustup" >&2; exit 2 ;;
esac

if wanted guest; then
  # The snapshot is taken by a native tool; its own speed does not matter, its build time does.
  cargo build --locked --profile tool -p arbex-preinit
  "$CARGO_TARGET_DIR/tool/arbex-preinit" "$CARGO_TARGET_DIR/wasm32-wasip1/release/arbex_guest.wasm" sdk/runtime "$out/guest.wasm"
  (cd "$out" && sha256sum guest.wasm > guest.wasm.sha256 && versions > toolchain.txt && cat guest.wasm.sha256)
fi
if wanted typescript; then
  cp "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/arbex_typescript.wasm" "$out/typescript.wasm"
  (cd "$out" && sha256sum typescript.wasm > typescript.wasm.sha256 && cat typescript.wasm.sha256)
fi
