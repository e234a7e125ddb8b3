import fs from "fs";
function run() {}
