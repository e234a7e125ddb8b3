"use strict";
async function run() { return this === undefined; }
