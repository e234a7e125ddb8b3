function run() {
  return { ok: 1, big: 10n };
}
