const run = () => ({ ok: true });
