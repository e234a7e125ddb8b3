async function run() {
  const url = new URL("../b?x=1&y=%20#h", "https://user@example.com:8080/a/c/");
  url.searchParams.append("z", "é");
  const clone = structuredClone({ d: new Date(0), m: new Map([[1, new Set([2])]]), b: new Uint8Array([1, 2]) });
  let refused;
  try { structuredClone(() => {}); } catch (error) { refused = error.name; }
  return {
    url: url.href, origin: url.origin, params: [...url.searchParams], bad: URL.canParse("::"),
    text: new TextDecoder().decode(new TextEncoder().encode("é😀")), base64: [btoa("\xff\x00"), atob("/wA=").length],
    clone: [clone.d.getTime(), clone.m.get(1).has(2), clone.b[1]], refused,
    now: [typeof performance.now(), Number.isInteger(performance.now()), performance.now() < 60000],
  };
}
