// node check.mjs TYPESCRIPT [--write], where TYPESCRIPT is a folder in which `npm ci` installed this folder's package.json.
//
// Checks heat-arbex.d.ts alone, what it must accept and refuse, every example of the cookbook and every script in
// docs/scripting.md, each as a program of its own, as strictly as tsc --strict does; and less strictly the scripts of the
// service's seed cases. Then compares declared.json, the list of what the types declare, with them (--write writes it); a
// test of the service compares that list with the sandbox.

import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [folder, option] = process.argv.slice(2);
if (folder === undefined || ![undefined, "--write"].includes(option)) {
  console.error("usage: node check.mjs FOLDER_WITH_TYPESCRIPT [--write]");
  process.exit(64);
}
const ts = createRequire(join(resolve(folder), "package.json"))("typescript");
const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../../..");
const TYPES = "/heat-arbex.d.ts";

const shared = new Map([[TYPES, readFileSync(join(root, "guest/sdk/heat-arbex.d.ts"), "utf8")]]);
const parsed = new Map();

/** A program of `files` (text by name), with the types beside them; nothing else of this machine is in it. */
function program(files, lib, extra = {}) {
  const options = {
    strict: true, noEmit: true, allowJs: true, checkJs: true, types: [], lib: [`lib.${lib}.d.ts`], skipLibCheck: false,
    target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleDetection: ts.ModuleDetectionKind.Legacy, ...extra,
  };
  const host = ts.createCompilerHost(options);
  const libFolder = host.getDefaultLibLocation();
  const fromDisk = host.readFile;
  host.getCurrentDirectory = () => "/";
  host.readFile = (name) => files.get(name) ?? shared.get(name) ?? (dirname(name) === libFolder ? fromDisk(name) : undefined);
  host.fileExists = (name) => host.readFile(name) !== undefined;
  host.getSourceFile = (name, ...rest) => {
    const text = host.readFile(name);
    if (text === undefined || files.has(name)) return text && ts.createSourceFile(name, text, ...rest);
    if (!parsed.has(name)) parsed.set(name, ts.createSourceFile(name, text, ...rest));
    return parsed.get(name);
  };
  return ts.createProgram([...files.keys(), TYPES], options, host);
}

let checked = 0;
let faults = 0;

function check(title, files, lib = "es2023", extra = {}) {
  const diagnostics = ts.getPreEmitDiagnostics(program(new Map(files), lib, extra));
  checked += 1;
  if (diagnostics.length === 0) return;
  faults += 1;
  console.log(`not ok - ${title}`);
  console.log(ts.formatDiagnostics(diagnostics, { getCanonicalFileName: (n) => n, getCurrentDirectory: () => "/", getNewLine: () => "\n" }));
}

// A script of the documentation is as an author writes it, without the comment that types its `ctx`.
const typed = (script) => script.replace(/^(async )?function run\(ctx\)/m, "/** @param {HeatArbexContext} ctx */\n$&");

check("the types", []);
for (const name of ["accepts.ts", "refuses.ts"]) {
  const file = [`/${name}`, readFileSync(join(here, name), "utf8")];
  check(name, [file]);
  check(`${name} with lib.esnext`, [file], "esnext");
}
const examples = join(root, "guest/sdk/examples");
for (const name of readdirSync(examples).filter((name) => /\.[jt]s$/.test(name)).sort()) {
  check(name, [[`/${name}`, readFileSync(join(examples, name), "utf8")]]);
}
const docs = readFileSync(join(root, "docs/scripting.md"), "utf8");
for (const { 1: language, 2: script, index } of docs.matchAll(/^```(js|ts)\n([^]*?)^```$/gm)) {
  if (!/\bfunction run\(/.test(script)) continue;
  const line = docs.slice(0, index).split("\n").length;
  check(`docs/scripting.md:${line}`, [[`/snippet.${language}`, language === "js" ? typed(script) : script]]);
}
// Scripts that authors have today are not held to null checks, but must not meet a name or a type that is wrong.
const cases = join(root, "service/tests/cases");
for (const name of readdirSync(cases).filter((name) => name.startsWith("seed-")).sort()) {
  const path = join(cases, name, "script.js");
  if (existsSync(path)) check(name, [["/script.js", typed(readFileSync(path, "utf8"))]], "es2023", { strict: false });
}

/** What the types declare: members by interface (optional ones end with "?"), globals of ours and of the language. */
function declared() {
  const whole = program(new Map(), "es2023");
  const checker = whole.getTypeChecker();
  const source = whole.getSourceFile(TYPES);
  const nameOf = (symbol) => {
    const name = symbol.escapedName.replace(/^__@(\w+)@\d+$/, "[Symbol.$1]");
    return symbol.flags & ts.SymbolFlags.Optional ? `${name}?` : name;
  };
  const members = (type) => checker.getPropertiesOfType(type).map(nameOf).sort();
  const interfaces = {};
  for (const statement of source.statements) {
    if (ts.isInterfaceDeclaration(statement)) {
      interfaces[statement.name.text] = members(checker.getTypeAtLocation(statement));
    }
  }
  const statics = {};
  const globals = { ours: [], language: [] };
  for (const symbol of checker.getSymbolsInScope(source, ts.SymbolFlags.Value)) {
    const ours = symbol.declarations?.some((declaration) => declaration.getSourceFile() === source) ?? false;
    const isValue = symbol.valueDeclaration !== undefined || !symbol.declarations;
    if (isValue) globals[ours ? "ours" : "language"].push(symbol.name);
    if (ours && isValue && interfaces[symbol.name] !== undefined) {
      statics[symbol.name] = members(checker.getTypeOfSymbolAtLocation(symbol, source));
    }
  }
  for (const list of Object.values(globals)) list.sort();
  return { globals, statics, interfaces };
}

const list = join(here, "declared.json");
const now = `${JSON.stringify(declared(), null, 1)}\n`;
if (option === "--write") writeFileSync(list, now);
checked += 1;
if (readFileSync(list, "utf8") !== now) {
  faults += 1;
  console.log("not ok - declared.json is not what heat-arbex.d.ts declares; --write writes it");
}

console.log(`# tests ${checked}\n# pass ${checked - faults}\n# fail ${faults}`);
process.exit(faults === 0 ? 0 : 1);
