#!/usr/bin/env bash
# Runs JMESPath's public compliance suite in the sandbox: `jmespath-compliance.sh ARBEX [FOLDER]`, where ARBEX is the built
# binary and FOLDER holds the suite's files. Without one it takes those that the crate `jmespath` ships, by way of cargo.
set -euo pipefail
arbex=$(realpath "$1")
script=$(realpath "$(dirname "$0")/jmespath-compliance.js")
folder=${2:-}

if [ -z "$folder" ]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir "$scratch/src"
  touch "$scratch/src/lib.rs"
  printf '[package]\nname = "suite"\nedition = "2021"\n[dependencies]\njmespath = "=0.5.0"\n[workspace]\n' > "$scratch/Cargo.toml"
  manifest=$(cd "$scratch" && cargo metadata --quiet --format-version 1 |
    grep -o '"manifest_path":"[^"]*/jmespath-0\.5\.0/Cargo\.toml"' | cut -d'"' -f4)
  folder=$(dirname "$manifest")/tests/compliance
fi

inputs=()
for file in "$folder"/*.json; do inputs+=(--input "$file"); done
[ "${#inputs[@]}" -ge 32 ] || { echo "$folder holds less than the suite's 16 files" >&2; exit 1; }
result=$("$arbex" run "$script" --history --compact "${inputs[@]}")
echo "$result"
case $result in *'"failed":[]'*) ;; *) exit 1 ;; esac
