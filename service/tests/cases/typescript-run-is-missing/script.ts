interface Ctx { a: number }
async function start(ctx: Ctx): Promise<void> {}
