-- For wrk: POST /execute with the smallest script that says something (SPECIFICATION.md).
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"configuration":{"script":"async function run(ctx) { return { ok: true }; }"}}'
