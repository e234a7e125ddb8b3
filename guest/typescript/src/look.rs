//! A walk over a script that parses: what could be stripped but has no meaning in a script that stands alone, and where its
//! regular expressions are.

use arbex_typescript_abi::{MAX_PATTERNS, Piece};
use swc_common::{BytePos, Spanned};
use swc_ecma_ast::{
    ArrowExpr, AwaitExpr, Class, Decl, Decorator, ExportAll, ExportDecl, ExportDefaultDecl, ExportDefaultExpr,
    ForOfStmt, Function, ImportDecl, NamedExport, Program, Regex, TsModuleDecl,
};
use swc_ecma_visit::{Visit, VisitWith};

use crate::findings::Findings;

const EXPORT: &str = "a script exports nothing: write `async function run(ctx)` without `export`";
const IMPORT: &str = "a script imports nothing: `heat`, `ctx` and the other globals are there without it, and types come with `import type`";
const AWAIT: &str = "`await` stands inside an async function only: move it into `async function run(ctx)`";
const DECORATOR: &str = "decorators are not run here: call the function yourself";

/// Add to `findings` whatever `program` may not say; gives its regular expressions.
pub fn look(program: &Program, findings: &mut Findings) -> Vec<Piece> {
    let mut looking = Looking { findings, depth: 0, patterns: Vec::new() };
    program.visit_with(&mut looking);
    looking.patterns
}

struct Looking<'a> {
    findings: &'a mut Findings,
    /// Functions around.
    depth: u32,
    patterns: Vec<Piece>,
}

impl Looking<'_> {
    fn refuse(&mut self, at: BytePos, message: &'static str) {
        self.findings.add(at, message);
    }

    fn inside<N: VisitWith<Self>>(&mut self, node: &N) {
        self.depth += 1;
        node.visit_children_with(self);
        self.depth -= 1;
    }
}

impl Visit for Looking<'_> {
    fn visit_import_decl(&mut self, import: &ImportDecl) {
        if !import.type_only {
            self.refuse(import.span.lo, IMPORT);
        }
    }

    fn visit_export_decl(&mut self, export: &ExportDecl) {
        if !matches!(export.decl, Decl::TsInterface(_) | Decl::TsTypeAlias(_)) {
            self.refuse(export.span.lo, EXPORT);
        }
        export.visit_children_with(self);
    }

    fn visit_export_default_decl(&mut self, export: &ExportDefaultDecl) {
        self.refuse(export.span.lo, EXPORT);
        export.visit_children_with(self);
    }

    fn visit_export_default_expr(&mut self, export: &ExportDefaultExpr) {
        self.refuse(export.span.lo, EXPORT);
        export.visit_children_with(self);
    }

    fn visit_named_export(&mut self, export: &NamedExport) {
        if !export.type_only {
            self.refuse(export.span.lo, EXPORT);
        }
    }

    fn visit_export_all(&mut self, export: &ExportAll) {
        if !export.type_only {
            self.refuse(export.span.lo, EXPORT);
        }
    }

    // What a namespace exports is its own, and whether there may be one at all the stripper says.
    fn visit_ts_module_decl(&mut self, _: &TsModuleDecl) {}

    fn visit_regex(&mut self, pattern: &Regex) {
        if self.patterns.len() < MAX_PATTERNS {
            let piece =
                Piece { from: self.findings.offset(pattern.span.lo), to: self.findings.offset(pattern.span.hi) };
            self.patterns.push(piece);
        }
    }

    fn visit_decorator(&mut self, decorator: &Decorator) {
        self.refuse(decorator.span.lo, DECORATOR);
    }

    fn visit_await_expr(&mut self, node: &AwaitExpr) {
        if self.depth == 0 {
            self.refuse(node.span_lo(), AWAIT);
        }
        node.visit_children_with(self);
    }

    fn visit_for_of_stmt(&mut self, node: &ForOfStmt) {
        if node.is_await && self.depth == 0 {
            self.refuse(node.span_lo(), AWAIT);
        }
        node.visit_children_with(self);
    }

    fn visit_function(&mut self, node: &Function) {
        self.inside(node);
    }

    fn visit_arrow_expr(&mut self, node: &ArrowExpr) {
        self.inside(node);
    }

    fn visit_class(&mut self, node: &Class) {
        self.inside(node);
    }
}
